import { z } from 'zod';
import { Bytes, bytesOf, mapOf, openMapOf } from './cbor.ts';
import { MAX_MESSAGE } from './hid-frames.ts';

const LEAST_MESSAGE = 1024;

/** Vendor ids and versions may need all of 64 bits. */
const WideInt = z.union([z.int(), z.bigint()]);

const flags = z
  .custom<Map<unknown, unknown>>((value) => value instanceof Map)
  .transform((map) => Object.fromEntries(map))
  .pipe(z.record(z.string(), z.boolean()));

const counts = z
  .custom<Map<unknown, unknown>>((value) => value instanceof Map)
  .transform((map) => Object.fromEntries(map))
  .pipe(z.record(z.string(), z.union([WideInt, z.boolean()])));

const Algorithm = mapOf({ alg: z.int(), type: z.string() });

const Fields = openMapOf({
  1: z.array(z.string()),
  2: z.array(z.string()).optional(),
  3: bytesOf(16),
  4: flags.optional(),
  5: z.int().positive().optional(),
  6: z.array(z.int()).optional(),
  7: z.int().positive().optional(),
  8: z.int().positive().optional(),
  9: z.array(z.string()).optional(),
  10: z.array(Algorithm).optional(),
  11: WideInt.optional(),
  12: z.boolean().optional(),
  13: z.int().positive().optional(),
  14: WideInt.optional(),
  15: WideInt.optional(),
  16: WideInt.optional(),
  17: WideInt.optional(),
  18: WideInt.optional(),
  19: counts.optional(),
  20: WideInt.optional(),
  21: z.array(WideInt).optional(),
  22: z.array(z.string()).optional(),
  23: WideInt.optional(),
  24: z.boolean().optional(),
  25: Bytes.optional(),
  26: z.array(z.string()).optional(),
  27: z.boolean().optional(),
  28: Bytes.optional(),
  29: z.int().positive().optional(),
  30: Bytes.optional(),
  31: z.array(WideInt).optional(),
});

/** Schema of the answer to authenticatorGetInfo. CTAP 2.2 §6.4, and what CTAP 2.3 added. */
export const AuthenticatorInfo = Fields.transform(({ fields, unknown }) => ({
  /** e.g. FIDO_2_0, FIDO_2_1, U2F_V2 */
  versions: fields[1],
  extensions: fields[2] ?? [],
  /** 16 bytes */
  aaguid: fields[3],
  /** Absent: not supported. false: supported, not set up. true: set up. */
  options: fields[4] ?? {},
  /** Longest message, bytes: from 1024, the least that is allowed, to what CTAPHID carries, whatever was said. */
  maxMsgSize: Math.min(Math.max(fields[5] ?? 0, LEAST_MESSAGE), MAX_MESSAGE),
  pinUvAuthProtocols: fields[6] ?? [],
  maxCredentialCountInList: fields[7],
  /** bytes */
  maxCredentialIdLength: fields[8],
  transports: fields[9] ?? [],
  algorithms: fields[10],
  /** bytes */
  maxSerializedLargeBlobArray: fields[11],
  forcePINChange: fields[12] ?? false,
  /** Unicode code points. */
  minPINLength: fields[13] ?? 4,
  firmwareVersion: fields[14],
  maxCredBlobLength: fields[15],
  maxRPIDsForSetMinPINLength: fields[16],
  preferredPlatformUvAttempts: fields[17],
  uvModality: fields[18],
  certifications: fields[19] ?? {},
  remainingDiscoverableCredentials: fields[20],
  vendorPrototypeConfigCommands: fields[21],
  attestationFormats: fields[22] ?? ['packed'],
  uvCountSinceLastPinEntry: fields[23],
  longTouchForReset: fields[24],
  encIdentifier: fields[25],
  transportsForReset: fields[26],
  pinComplexityPolicy: fields[27],
  pinComplexityPolicyURL: fields[28],
  /** Unicode code points. */
  maxPINLength: fields[29] ?? 63,
  encCredStoreState: fields[30],
  authenticatorConfigCommands: fields[31],
  /** Fields that this program does not know, as they came. */
  unknown,
}));
export type AuthenticatorInfo = z.infer<typeof AuthenticatorInfo>;
