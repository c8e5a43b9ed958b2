export * from '../client/index.ts';
export { createSecurityKeys, type SecurityKeysOptions } from './security-keys.ts';
export type { CtapSimulator, LoopbackAddress, SecurityKeyDevice, SecurityKeys } from './types.ts';
