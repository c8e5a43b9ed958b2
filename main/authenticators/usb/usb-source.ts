import { createHash } from 'node:crypto';
import { type HidListing, isHidMissing, listHidDevices } from './hid-library.ts';
import { openHidPipe } from './hid-pipe.ts';
import type { HidrawNode, LinuxHidraw } from './linux-hidraw.ts';
import { cleanText } from './names.ts';
import { FIDO_USAGE, FIDO_USAGE_PAGE } from './report-descriptor.ts';
import type { FoundKey, KeySource } from './types.ts';

/** What the HID library and, on Linux, the kernel say about one key. */
type Seen = { path: string; listing: HidListing | null; node: HidrawNode | null };

/**
 * Security keys on USB, by HID usage page 0xF1D0, usage 1 (CTAP 2.2 §11.2.8).
 * @param linux the look at sysfs; null on other systems
 */
export function usbSource(linux: LinuxHidraw | null): KeySource {
  const find = async (): Promise<FoundKey[]> => {
    const nodes = (await linux?.find()) ?? null;
    // The library looks at every HID device there is: only where one of them is a security key.
    if (nodes?.length === 0) return [];
    return join(await fidoListings(), nodes).map(describe);
  };
  return {
    find,
    async stamp() {
      const seen = linux === null ? (await find()).map(({ device }) => device) : await linux.find();
      return JSON.stringify(seen);
    },
  };
}

async function fidoListings(): Promise<HidListing[]> {
  // Without the library a key on Linux is still seen; opening it then says what is missing.
  if (await isHidMissing()) return [];
  return (await listHidDevices()).filter(
    ({ usagePage, usage }) => usagePage === FIDO_USAGE_PAGE && usage === FIDO_USAGE,
  );
}

/** On Linux the kernel decides what is there: it also shows what the library passes over. */
function join(listings: readonly HidListing[], nodes: readonly HidrawNode[] | null): Seen[] {
  const byPath = new Map<string, HidListing>();
  for (const listing of listings) if (listing.path !== undefined) byPath.set(listing.path, listing);
  if (nodes === null) return [...byPath].map(([path, listing]) => ({ path, listing, node: null }));
  return nodes.map((node) => ({ path: node.path, listing: byPath.get(node.path) ?? null, node }));
}

function describe({ path, listing, node }: Seen): FoundKey {
  const vendor = cleanText(listing?.manufacturer);
  const product = cleanText(listing?.product) ?? cleanText(node?.name);
  // Other systems do not tell before a key is opened.
  const accessible = node?.accessible ?? true;
  return {
    device: {
      id: idOf(node?.instance ?? path),
      name: product ?? vendor ?? 'USB security key',
      vendor,
      product,
      serial: cleanText(listing?.serialNumber) ?? cleanText(node?.serial),
      transport: 'usb',
      accessible,
      problem: accessible ? null : 'noPermission',
    },
    openPipe: () => openHidPipe(path),
  };
}

// Paths of macOS and Windows name the connection too; they are long and nobody's business outside.
function idOf(connection: string): string {
  return `usb-${createHash('sha256').update(connection).digest('hex').slice(0, 16)}`;
}
