import Cpu from 'lucide-react/icons/cpu';
import Laptop from 'lucide-react/icons/laptop';
import Usb from 'lucide-react/icons/usb';
import type { CredentialKind } from '../../shared/domain/index.ts';

/** The sign of a kind of credential. Always stands next to its word. */
export function KindIcon({ kind, size = 18 }: { kind: CredentialKind; size?: number }) {
  const Icon = kind === 'software' ? Cpu : kind === 'platform' ? Laptop : Usb;
  return <Icon size={size} strokeWidth={1.75} aria-hidden="true" />;
}
