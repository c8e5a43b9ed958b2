import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

// struct uhid_event of linux/uhid.h, packed: a type, then what belongs to it.
const TYPE = { destroy: 1, output: 6, create2: 11, input2: 12 } as const;
const EVENT_SIZE = 4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + 4096;
const BUS_USB = 3;
const NODES = '/sys/class/hidraw';

export type UhidOptions = {
  /** at most 127 bytes */
  name: string;
  /** at most 63 bytes */
  serial: string;
  vendorId: number;
  productId: number;
  /** HID report descriptor */
  descriptor: Uint8Array;
};

/** A HID device that this program plays: the kernel gives it a /dev/hidrawN like any other. */
export class UhidDevice {
  readonly #file: FileHandle;
  readonly #options: UhidOptions;
  #pluggedIn = false;

  private constructor(file: FileHandle, options: UhidOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Makes a device that is not plugged in. @param onReport told of every output report, without its number */
  static async open(options: UhidOptions, onReport: (report: Buffer) => void): Promise<UhidDevice> {
    const device = new UhidDevice(await open('/dev/uhid', constants.O_RDWR), options);
    void device.#read(onReport);
    return device;
  }

  /** Resolves when the kernel shows the device; its node in /dev may come a moment later. */
  async plugIn(): Promise<void> {
    const before = await connections();
    const { name, serial, vendorId, productId, descriptor } = this.#options;
    const event = Buffer.alloc(EVENT_SIZE);
    event.writeUInt32LE(TYPE.create2, 0);
    event.write(name, 4, 127, 'utf8');
    event.write(serial, 196, 63, 'utf8');
    event.writeUInt16LE(descriptor.length, 260);
    event.writeUInt16LE(BUS_USB, 262);
    event.writeUInt32LE(vendorId, 264);
    event.writeUInt32LE(productId, 268);
    event.set(descriptor, 280);
    this.#write(event);
    this.#pluggedIn = true;
    while ([...(await connections())].every((connection) => before.has(connection))) await delay(5);
  }

  pullOut(): void {
    if (!this.#pluggedIn) return;
    this.#pluggedIn = false;
    const event = Buffer.alloc(EVENT_SIZE);
    event.writeUInt32LE(TYPE.destroy, 0);
    this.#write(event);
  }

  /** Sends an input report; nothing happens where the device is not plugged in. */
  send(report: Uint8Array): void {
    if (!this.#pluggedIn) return;
    const event = Buffer.alloc(EVENT_SIZE);
    event.writeUInt32LE(TYPE.input2, 0);
    event.writeUInt16LE(report.length, 4);
    event.set(report, 6);
    this.#write(event);
  }

  // At once, and so in order: the kernel takes an event without waiting.
  #write(event: Uint8Array): void {
    writeSync(this.#file.fd, event);
  }

  async #read(onReport: (report: Buffer) => void): Promise<void> {
    for (;;) {
      const event = Buffer.alloc(EVENT_SIZE);
      await this.#file.read(event, 0, EVENT_SIZE);
      if (event.readUInt32LE(0) !== TYPE.output) continue;
      const size = event.readUInt16LE(4100);
      onReport(event.subarray(5, 4 + size));
    }
  }
}

/** What is plugged in; every connection has a name that is never used twice. */
async function connections(): Promise<Set<string>> {
  const links = (await readdir(NODES)).map((name) => readlink(join(NODES, name)).catch(() => null));
  return new Set((await Promise.all(links)).filter((link) => link !== null));
}
