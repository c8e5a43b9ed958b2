/** HID usage of FIDO authenticators. CTAP 2.2 §11.2.8.2. */
export const FIDO_USAGE_PAGE = 0xf1d0;
export const FIDO_USAGE = 0x01;

const LONG_ITEM = 0xfe;
/** Tag and type of an item, without its size. HID 1.11 §6.2.2.2. */
const ITEM = { usagePage: 0x04, usage: 0x08, collection: 0xa0, push: 0xa4, pop: 0xb4 } as const;
const MAIN_TYPE = 0;

/**
 * True where a HID report descriptor has a collection of usage page 0xF1D0, usage 1: a FIDO authenticator. A
 * descriptor that is cut short counts as far as it goes. HID 1.11 §6.2.2, CTAP 2.2 §11.2.8.2.
 */
export function isFidoDescriptor(descriptor: Uint8Array): boolean {
  const bytes = Buffer.from(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
  const saved: number[] = [];
  let page = 0;
  let usages: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes.readUInt8(at);
    if (prefix === LONG_ITEM) {
      if (at + 1 >= bytes.length) return false;
      at += 3 + bytes.readUInt8(at + 1);
      continue;
    }
    const size = [0, 1, 2, 4][prefix & 0x03] ?? 0;
    if (at + 1 + size > bytes.length) return false;
    const value = size === 0 ? 0 : bytes.readUIntLE(at + 1, size);
    const item = prefix & 0xfc;
    at += 1 + size;
    if (item === ITEM.usagePage) page = value;
    // A usage of four bytes carries its page in the upper two.
    else if (item === ITEM.usage) usages.push(size === 4 ? value : page * 0x10000 + value);
    else if (item === ITEM.push) saved.push(page);
    else if (item === ITEM.pop) page = saved.pop() ?? 0;
    else if (item === ITEM.collection && usages.includes(FIDO_USAGE_PAGE * 0x10000 + FIDO_USAGE)) return true;
    // Usages hold until the next main item. HID 1.11 §6.2.2.8.
    if (((prefix >> 2) & 0x03) === MAIN_TYPE) usages = [];
  }
  return false;
}
