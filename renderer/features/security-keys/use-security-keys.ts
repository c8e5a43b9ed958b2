import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { SecurityKeysSeen } from '../../../shared/contract/index.ts';
import { useServices } from '../../app/services.tsx';

/** The security keys that are plugged in, live; null until they are known, and while `wanted` is false. */
export function useSecurityKeys(wanted = true): SecurityKeysSeen | null {
  const { keys } = useServices();
  const seen = useStore(keys.store, (state) => state.seen);
  useEffect(() => (wanted ? keys.hold() : undefined), [keys, wanted]);
  return wanted ? seen : null;
}
