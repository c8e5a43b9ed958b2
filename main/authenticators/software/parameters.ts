import type { z } from 'zod';
import { type CborMap, type CborValue, CtapError, decodeCanonicalCbor, STATUS } from '../../ctap/index.ts';

/** The parameters of a command, taken out one by one with the status that the specification asks for. CTAP 2.2 §8. */
export class Parameters {
  readonly #map: CborMap;

  /** @throws CtapError INVALID_CBOR, CBOR_UNEXPECTED_TYPE */
  constructor(bytes: Uint8Array) {
    let value: CborValue;
    try {
      value = bytes.length === 0 ? new Map() : decodeCanonicalCbor(bytes);
    } catch (cause) {
      throw new CtapError(STATUS.INVALID_CBOR, { cause });
    }
    if (!(value instanceof Map)) throw new CtapError(STATUS.CBOR_UNEXPECTED_TYPE);
    this.#map = value;
  }

  /** True where the parameter is there. */
  has(key: number): boolean {
    return this.#map.has(key);
  }

  /** @throws CtapError MISSING_PARAMETER, CBOR_UNEXPECTED_TYPE */
  required<T extends z.ZodType>(key: number, schema: T): z.output<T> {
    if (!this.#map.has(key)) throw new CtapError(STATUS.MISSING_PARAMETER);
    const parsed = schema.safeParse(this.#map.get(key));
    if (!parsed.success) throw new CtapError(STATUS.CBOR_UNEXPECTED_TYPE, { cause: parsed.error });
    return parsed.data;
  }

  /** @throws CtapError CBOR_UNEXPECTED_TYPE */
  optional<T extends z.ZodType>(key: number, schema: T): z.output<T> | undefined {
    return this.#map.has(key) ? this.required(key, schema) : undefined;
  }
}
