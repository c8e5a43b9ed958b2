import { constants } from 'node:fs';
import { access, open, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { codeOfErrno } from './hid-errors.ts';
import { isFidoDescriptor } from './report-descriptor.ts';

/** A FIDO device as the Linux kernel shows it. */
export type HidrawNode = {
  /** e.g. /dev/hidraw3 */
  path: string;
  /** The kernel's name for this very connection, e.g. 0003:1050:0407.0007; never used twice. */
  instance: string;
  /** True where this process may read and write the node. */
  accessible: boolean;
  /** From the kernel's own record. */
  name: string | null;
  serial: string | null;
};

/** Where the kernel shows HID devices. Tests put a folder of their own in its place. */
export type LinuxPlaces = { sys: string; dev: string };
export const LINUX_PLACES: LinuxPlaces = { sys: '/sys/class/hidraw', dev: '/dev' };

/** How long udev may take to make a new node and to give access to it, and how often that is looked at, ms. */
const SETTLING = 300;
const SETTLING_LOOK = 50;

/** What never changes while a device is plugged in. */
type Known = { fido: boolean; name: string | null; serial: string | null };

/** Looks for FIDO devices in sysfs. What it has read of a device it remembers while the device is there. */
export class LinuxHidraw {
  readonly #places: LinuxPlaces;
  #known = new Map<string, Known>();

  constructor(places: LinuxPlaces = LINUX_PLACES) {
    this.#places = places;
  }

  /** The FIDO devices that are plugged in, in order of their nodes. A few system calls where nothing changed. */
  async find(): Promise<HidrawNode[]> {
    const known = new Map<string, Known>();
    const nodes: HidrawNode[] = [];
    for (const node of (await this.#names()).sort()) {
      const folder = join(this.#places.sys, node);
      const instance = await instanceOf(folder);
      const before = instance === null ? undefined : this.#known.get(instance);
      const facts = before ?? (await readFacts(folder));
      // It went away while we looked.
      if (instance === null || facts === null) continue;
      known.set(instance, facts);
      if (!facts.fido) continue;
      const path = join(this.#places.dev, node);
      const { name, serial } = facts;
      // A new one must not be told as forbidden for the moment until udev has seen it.
      const accessible = before === undefined ? await mayOpenSoon(path) : await mayOpen(path);
      nodes.push({ path, instance, name, serial, accessible });
    }
    this.#known = known;
    return nodes;
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#places.sys)).filter((name) => /^hidraw\d+$/.test(name));
    } catch (error) {
      // A kernel without hidraw, or a container that does not show it, has no devices.
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

/**
 * Says why a node could not be opened, by the system's own error code: the HID library gives but a sentence, in
 * the language of the system.
 * @returns null where it can be opened now
 */
export async function whyNotOpened(path: string): Promise<KeywrightError | null> {
  try {
    await (await open(path, constants.O_RDWR)).close();
    return null;
  } catch (cause) {
    return new KeywrightError(codeOfErrno(cause) ?? 'authenticator.no_answer', { cause });
  }
}

// The link leads to …/<instance>/hidraw/hidraw3.
async function instanceOf(folder: string): Promise<string | null> {
  try {
    return basename(dirname(dirname(await readlink(folder))));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function readFacts(folder: string): Promise<Known | null> {
  try {
    const fido = isFidoDescriptor(await readFile(join(folder, 'device', 'report_descriptor')));
    const uevent = fido ? await readFile(join(folder, 'device', 'uevent'), 'utf8') : '';
    return { fido, name: field(uevent, 'HID_NAME'), serial: field(uevent, 'HID_UNIQ') };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function field(uevent: string, name: string): string | null {
  const line = uevent.split('\n').find((text) => text.startsWith(`${name}=`));
  return line === undefined ? null : line.slice(name.length + 1);
}

async function mayOpenSoon(path: string): Promise<boolean> {
  for (let waited = 0; waited < SETTLING; waited += SETTLING_LOOK) {
    if (await mayOpen(path)) return true;
    await delay(SETTLING_LOOK);
  }
  return mayOpen(path);
}

async function mayOpen(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    // Not allowed, or not shown to a sandboxed program: either way it needs a permission.
    return false;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO' || code === 'EINVAL';
}
