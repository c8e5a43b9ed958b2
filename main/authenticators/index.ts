export { SOFTWARE_KEY_AAGUID, SOFTWARE_KEY_NAME } from './software/model.ts';
export { createSoftwareKeys, type SoftwareKeysOptions } from './software/software-keys.ts';
export type { SoftwareKeys } from './software/types.ts';
export {
  openUdpSoftwareKey,
  type UdpAddress,
  type UdpSoftwareKey,
  type UdpSoftwareKeyOptions,
} from './software/udp.ts';
export * from './usb/index.ts';
