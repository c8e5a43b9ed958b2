import type { PacketPipe } from '../../ctap/index.ts';
import type { Authenticator } from '../client/index.ts';

/** A UDP address on this computer. */
export type LoopbackAddress = { host: string; port: number };

/** A firmware simulator: one CTAPHID packet in each datagram. */
export type CtapSimulator = {
  /** Where our packets go. */
  device: LoopbackAddress;
  /** Where the simulator sends its own. */
  answers: LoopbackAddress;
};

/** A security key that is plugged in, or a simulated one that runs. */
export type SecurityKeyDevice = {
  /** Names this key until it is taken out; plugged in again it gets another one (a simulator keeps its own). */
  id: string;
  /** Name for a person, as the key gives it; cleaned, at most 64 characters. */
  name: string;
  vendor: string | null;
  product: string | null;
  serial: string | null;
  transport: 'usb' | 'simulator';
  /** False where it is seen but cannot be opened; `problem` says why. */
  accessible: boolean;
  problem: null | 'noPermission' | 'busy';
};

/** The security keys of this computer. */
export type SecurityKeys = {
  /** All keys that are plugged in now. Opens none of them. */
  list(): Promise<SecurityKeyDevice[]>;
  /**
   * Why security keys on USB cannot be used on this computer at all, or null where they can: the native HID library
   * cannot be loaded (libusb is not installed, say), or the system keeps FIDO devices to itself.
   */
  unavailable(): Promise<null | 'libraryMissing' | 'hiddenBySystem'>;
  /**
   * Tells the list as soon as it is known, and again within a second after a key came, went, or could be opened.
   * Looks only while someone listens.
   * @returns the function that stops listening
   */
  watch(listener: (devices: SecurityKeyDevice[]) => void): () => void;
  /**
   * Opens a key for a ceremony; close it afterwards.
   * @throws KeywrightError `authenticator.not_found`, `.no_permission`, `.busy`, `.removed`, `.no_answer`, and
   *   `.not_supported` for a key without CTAP2 or where the HID library is missing
   */
  open(id: string, signal?: AbortSignal): Promise<Authenticator>;
  /**
   * Lets all these keys wait for a touch; the first one that is touched is chosen, the others stop waiting. One
   * key alone is chosen without a touch, and a key that is gone or cannot be opened is passed over.
   * authenticatorSelection, CTAP 2.2 §6.9.
   * @throws KeywrightError `authenticator.cancelled` when the signal aborts, `.timed_out` when no key was touched,
   *   `.not_found` when all are gone, or what kept the first of them from waiting
   */
  chooseByTouch(ids: readonly string[], signal: AbortSignal): Promise<string>;
};

/** A key that was found, and the way to it. */
export type FoundKey = { device: SecurityKeyDevice; openPipe(): Promise<PacketPipe> };

/** One kind of place where keys are found. */
export type KeySource = {
  find(): Promise<FoundKey[]>;
  /** A cheap look: a text that differs when {@link KeySource.find} would find something else. */
  stamp(): Promise<string>;
};
