import type { CredentialKind } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { HidDevice, type PacketPipe } from '../../ctap/index.ts';
import { CtapAuthenticator } from './ctap-authenticator.ts';
import type { Authenticator } from './types.ts';
import { U2fAuthenticator } from './u2f-authenticator.ts';

/** How a device is opened as an authenticator. */
export type OpenOptions = {
  /** An open way to the device; closed with the authenticator. */
  pipe: PacketPipe;
  /** Aborting ends the opening; a ceremony has a signal of its own. */
  signal?: AbortSignal;
  kind: CredentialKind;
  /** Name for a person. */
  name: string;
  /** UTC ms, for deadlines that are shown. */
  clock: { now(): number };
  /** How long the device waits for a touch, ms, for the shown deadline; null where that is not known. */
  touchTimeout: number | null;
  /** Relying parties that this platform itself allows to learn which very key it is. CTAP 2.2 §7.1. */
  enterpriseRpIds?: readonly string[];
};

/**
 * Opens a FIDO device as an authenticator: by CTAP2 where it speaks it, else by CTAP1/U2F.
 * @throws KeywrightError `authenticator.not_supported` for a device that speaks neither, and those of the transport
 */
export async function openCtapAuthenticator(options: OpenOptions): Promise<Authenticator> {
  const { pipe, signal } = options;
  const device = await HidDevice.open(pipe, signal === undefined ? {} : { signal });
  if (device.supportsCbor) return new CtapAuthenticator(device, options);
  if (device.supportsU2f) return new U2fAuthenticator(device, options);
  device.close();
  throw new KeywrightError('authenticator.not_supported');
}
