import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { Bytes, type CborMap, cborMap, encodeCbor, mapOf, openMapOf, parseAnswer } from './cbor.ts';
import type { Ctap2 } from './ctap2.ts';
import { COMMAND } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import type { AuthenticatorInfo } from './info.ts';
import type { PinUvAuthToken } from './pin-uv-auth-token.ts';
import { CtapError } from './status.ts';

/** Subcommands of authenticatorBioEnrollment. CTAP 2.2 §6.7. */
export const BIO_SUBCOMMAND = {
  enrollBegin: 0x01,
  enrollCaptureNextSample: 0x02,
  cancelCurrentEnrollment: 0x03,
  enumerateEnrollments: 0x04,
  setFriendlyName: 0x05,
  removeEnrollment: 0x06,
  getFingerprintSensorInfo: 0x07,
} as const;

/** What became of a sample, by the numbers of lastEnrollSampleStatus. CTAP 2.2 §6.7. */
const SAMPLE_STATUSES = [
  'good',
  'tooHigh',
  'tooLow',
  'tooLeft',
  'tooRight',
  'tooFast',
  'tooSlow',
  'poorQuality',
  'tooSkewed',
  'tooShort',
  'mergeFailure',
  'exists',
  'databaseFull',
  'noUserActivity',
  'noUserPresenceTransition',
] as const;

/** `good` counts; `unknown` is a status that the specification does not name. */
export type SampleStatus = (typeof SAMPLE_STATUSES)[number] | 'unknown';

const FINGERPRINT = 0x01;
const TOUCH_SENSOR = 1;
const SWIPE_SENSOR = 2;
/** More samples than any sensor wants: an enrolment that never ends is given up. */
const MOST_SAMPLES = 200;

const Modality = mapOf({ 1: z.int() });

const SensorInfo = openMapOf({
  2: z.int(),
  3: z.int().nonnegative(),
  8: z.int().nonnegative().optional(),
}).transform(({ fields, unknown }) => ({
  fingerprintKind: kindOf(fields[2]),
  maxCaptureSamplesRequiredForEnroll: fields[3],
  /** Longest name of a fingerprint, bytes of UTF-8. */
  maxTemplateFriendlyName: fields[8],
  unknown,
}));
/** What the fingerprint sensor is. */
export type SensorInfo = z.infer<typeof SensorInfo>;

const Sample = openMapOf({
  4: Bytes.optional(),
  5: z.int().nonnegative(),
  6: z.int().nonnegative(),
}).transform(({ fields, unknown }) => ({
  templateId: fields[4],
  status: SAMPLE_STATUSES[fields[5]] ?? ('unknown' as SampleStatus),
  remainingSamples: fields[6],
  unknown,
}));
/** One capture of a finger; with 0 remaining samples the fingerprint is stored. */
export type Sample = { status: SampleStatus; remainingSamples: number; unknown: CborMap };

const Enrollments = mapOf({ 7: z.array(mapOf({ 1: Bytes, 2: z.string().optional() })) }).transform((fields) =>
  fields[7].map((template) => ({ templateId: template[1], name: template[2] })),
);
/** A stored fingerprint. */
export type Enrollment = z.infer<typeof Enrollments>[number];

/** How an authenticator offers bio enrolment: by 0x09, by the preview 0x40, or not at all. CTAP 2.2 §6.7.1. */
export function bioEnrollmentOf(info: AuthenticatorInfo): 'standard' | 'preview' | null {
  // false means that there is a sensor and no fingerprint yet.
  if (info.options.bioEnroll !== undefined) return 'standard';
  return info.options.userVerificationMgmtPreview === undefined ? null : 'preview';
}

/**
 * authenticatorBioEnrollment (0x09) and its preview (0x40), for fingerprints. CTAP 2.2 §6.7, §6.12.
 * The token needs the permission be; without a token only the sensor can be asked about.
 */
export class BioEnrollment {
  readonly #ctap: Ctap2;
  readonly #token: PinUvAuthToken | null;
  readonly #command: number;

  /** @throws KeywrightError `authenticator.unsupported_option` where the authenticator has no sensor */
  constructor(ctap: Ctap2, info: AuthenticatorInfo, token: PinUvAuthToken | null) {
    const kind = bioEnrollmentOf(info);
    if (kind === null) throw new KeywrightError('authenticator.unsupported_option');
    this.#command = kind === 'standard' ? COMMAND.bioEnrollment : COMMAND.bioEnrollmentPreview;
    this.#ctap = ctap;
    this.#token = token;
  }

  /** True where the modality is fingerprint, the only one that there is. getModality, §6.7.2. */
  async hasFingerprintSensor(call: CallOptions = {}): Promise<boolean> {
    const bytes = await this.#ctap.send(this.#command, cborMap([[0x06, true]]), call);
    return parseAnswer(bytes, Modality)[1] === FINGERPRINT;
  }

  /** getFingerprintSensorInfo, §6.7.3. */
  async getFingerprintSensorInfo(call: CallOptions = {}): Promise<SensorInfo> {
    return parseAnswer(await this.#send(BIO_SUBCOMMAND.getFingerprintSensorInfo, call), SensorInfo);
  }

  /**
   * Begins with a new fingerprint and waits for the first sample. enrollBegin, §6.7.4.
   * @param timeout how long the authenticator waits for a finger, ms
   */
  async enrollBegin(
    timeout: number | undefined,
    call: CallOptions = {},
  ): Promise<Sample & { templateId: Uint8Array }> {
    const parameters = cborMap([[0x03, timeout]]);
    const sample = parseAnswer(await this.#sendProven(BIO_SUBCOMMAND.enrollBegin, parameters, call), Sample);
    const { templateId } = sample;
    if (templateId === undefined) throw new KeywrightError('authenticator.malformed_answer');
    return { ...sample, templateId };
  }

  /** Waits for the next sample. enrollCaptureNextSample, §6.7.4. @param timeout ms */
  async enrollCaptureNextSample(
    templateId: Uint8Array,
    timeout: number | undefined,
    call: CallOptions = {},
  ): Promise<Sample> {
    const parameters = cborMap([
      [0x01, templateId],
      [0x03, timeout],
    ]);
    const bytes = await this.#sendProven(BIO_SUBCOMMAND.enrollCaptureNextSample, parameters, call);
    return parseAnswer(bytes, Sample);
  }

  /** Gives a begun fingerprint up. cancelCurrentEnrollment, §6.7.5. */
  async cancelCurrentEnrollment(call: CallOptions = {}): Promise<void> {
    await this.#send(BIO_SUBCOMMAND.cancelCurrentEnrollment, call);
  }

  /**
   * Takes a whole fingerprint: samples until none remains. Where that fails, what was begun is given up. §6.7.4.
   * @param options `timeout` for each sample, ms; `onSample` hears of every one, the good and the bad
   * @returns the template id
   */
  async enroll(
    options: { timeout?: number; onSample?: (sample: Sample) => void },
    call: CallOptions = {},
  ): Promise<Uint8Array> {
    const { timeout, onSample } = options;
    const { templateId, ...first } = await this.enrollBegin(timeout, call);
    try {
      let sample: Sample = first;
      onSample?.(sample);
      for (let taken = 1; sample.remainingSamples > 0; taken += 1) {
        if (taken >= MOST_SAMPLES) throw new KeywrightError('authenticator.malformed_answer');
        sample = await this.enrollCaptureNextSample(templateId, timeout, call);
        onSample?.(sample);
      }
      return templateId;
    } catch (error) {
      // The caller needs to know why it failed, not that giving up failed as well.
      await this.cancelCurrentEnrollment().catch(() => undefined);
      throw error;
    }
  }

  /** All stored fingerprints. enumerateEnrollments, §6.7.6. */
  async enumerateEnrollments(call: CallOptions = {}): Promise<Enrollment[]> {
    try {
      const bytes = await this.#sendProven(BIO_SUBCOMMAND.enumerateEnrollments, undefined, call);
      return parseAnswer(bytes, Enrollments);
    } catch (error) {
      // So an authenticator says that there is none.
      if (CtapError.is(error, 'INVALID_OPTION')) return [];
      throw error;
    }
  }

  /** Names a fingerprint. setFriendlyName, §6.7.7. */
  async setFriendlyName(templateId: Uint8Array, name: string, call: CallOptions = {}): Promise<void> {
    const parameters = cborMap([
      [0x01, templateId],
      [0x02, name],
    ]);
    await this.#sendProven(BIO_SUBCOMMAND.setFriendlyName, parameters, call);
  }

  /** Deletes a fingerprint. removeEnrollment, §6.7.8. */
  async removeEnrollment(templateId: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#sendProven(BIO_SUBCOMMAND.removeEnrollment, cborMap([[0x01, templateId]]), call);
  }

  #send(subCommand: number, call: CallOptions): Promise<Uint8Array> {
    const map = cborMap([
      [0x01, FINGERPRINT],
      [0x02, subCommand],
    ]);
    return this.#ctap.send(this.#command, map, call);
  }

  /** The proof is over modality, subcommand and parameters. §6.7.4 to §6.7.8 */
  async #sendProven(
    subCommand: number,
    parameters: CborMap | undefined,
    call: CallOptions,
  ): Promise<Uint8Array> {
    if (this.#token === null) throw new KeywrightError('authenticator.pin_required');
    const encoded = parameters === undefined ? new Uint8Array() : encodeCbor(parameters);
    const message = Buffer.concat([Uint8Array.of(FINGERPRINT, subCommand), encoded]);
    const { param, protocol } = this.#token.authenticate(message);
    const map = cborMap([
      [0x01, FINGERPRINT],
      [0x02, subCommand],
      [0x03, parameters],
      [0x04, protocol],
      [0x05, param],
    ]);
    return this.#ctap.send(this.#command, map, call);
  }
}

function kindOf(kind: number): 'touch' | 'swipe' | 'unknown' {
  if (kind === TOUCH_SENSOR) return 'touch';
  return kind === SWIPE_SENSOR ? 'swipe' : 'unknown';
}
