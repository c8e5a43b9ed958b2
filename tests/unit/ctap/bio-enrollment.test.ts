import { describe, expect, it } from 'vitest';
import {
  BioEnrollment,
  bioEnrollmentOf,
  type CborMap,
  type Sample,
  STATUS,
} from '../../../main/ctap/index.ts';
import { bytes, clientOf, infoWith, mapOf, tokenOf, vectors } from './helpers.ts';

const standard = infoWith({ bioEnroll: false });
const preview = infoWith({ userVerificationMgmtPreview: true });
const templateId = bytes('0102');
const sample = (status: number, remaining: number) => mapOf({ 4: templateId, 5: status, 6: remaining });

function bioOf(
  answers: Record<number, CborMap | number | (CborMap | number)[]>,
  info = standard,
  version = 2,
) {
  const queues = new Map(Object.entries(answers).map(([key, value]) => [Number(key), value]));
  const { ctap, device } = clientOf((_command, parameters) => {
    if (parameters.has(6)) return mapOf({ 1: 1 });
    const answer = queues.get(Number(parameters.get(2)));
    return Array.isArray(answer) ? answer.shift() : answer;
  });
  return { bio: new BioEnrollment(ctap, info, tokenOf(version)), device, ctap };
}
const subCommandsOf = (requests: string[]) =>
  requests.map((request) => Number.parseInt(request.slice(10, 12), 16));

describe('bio enrolment', () => {
  it('is offered as 0x09 where there is a sensor, as a preview, or not at all', () => {
    expect(bioEnrollmentOf(standard)).toBe('standard');
    expect(bioEnrollmentOf(preview)).toBe('preview');
    expect(bioEnrollmentOf(infoWith({}))).toBeNull();
    const { ctap } = clientOf(() => undefined);
    expect(() => new BioEnrollment(ctap, infoWith({}), null)).toThrow(
      expect.objectContaining({ code: 'authenticator.unsupported_option' }),
    );
  });

  it.each([
    ['protocol 1', vectors.bioEnrollment[1], standard, 1],
    ['protocol 2', vectors.bioEnrollment[2], standard, 2],
    ['the preview', vectors.bioEnrollmentPreview, preview, 1],
  ] as const)('sends the bytes of python-fido2 with %s', async (_what, vector, info, version) => {
    const answers = {
      1: sample(0, 3),
      2: sample(0, 2),
      4: mapOf({ 7: [] }),
      7: mapOf({ 2: 1, 3: 5 }),
    };
    const { bio, device } = bioOf(answers, info, version);
    expect(await bio.hasFingerprintSensor()).toBe(true);
    await bio.getFingerprintSensorInfo();
    await bio.enrollBegin(10_000);
    await bio.enrollCaptureNextSample(templateId, 10_000);
    await bio.cancelCurrentEnrollment();
    await bio.enumerateEnrollments();
    await bio.setFriendlyName(templateId, 'Left thumb');
    await bio.removeEnrollment(templateId);
    expect(device.requests).toEqual([
      vector.getModality,
      vector.getFingerprintSensorInfo,
      vector.enrollBegin,
      vector.enrollCaptureNextSample,
      vector.cancelCurrentEnrollment,
      vector.enumerateEnrollments,
      vector.setFriendlyName,
      vector.removeEnrollment,
    ]);
  });

  it.each([
    [1, 'touch'],
    [2, 'swipe'],
    [9, 'unknown'],
  ])('knows the kind %i of a sensor as %s', async (kind, name) => {
    const { bio } = bioOf({ 7: mapOf({ 2: kind, 3: 5, 8: 64, 9: 'later' }) });
    expect(await bio.getFingerprintSensorInfo()).toEqual({
      fingerprintKind: name,
      maxCaptureSamplesRequiredForEnroll: 5,
      maxTemplateFriendlyName: 64,
      unknown: new Map([[9, 'later']]),
    });
  });

  it('names what became of a sample', async () => {
    const statuses = Array.from({ length: 16 }, (_, status) => sample(status, 1));
    const { bio } = bioOf({ 2: statuses });
    const seen: string[] = [];
    while (seen.length < 16) seen.push((await bio.enrollCaptureNextSample(templateId, undefined)).status);
    expect(seen).toEqual([
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
      'unknown',
    ]);
  });

  it('takes samples until none remains', async () => {
    const { bio, device } = bioOf({ 1: sample(0, 2), 2: [sample(7, 2), sample(0, 1), sample(0, 0)] });
    const seen: Sample[] = [];
    expect(await bio.enroll({ onSample: (one) => seen.push(one) })).toEqual(templateId);
    expect(seen.map(({ status, remainingSamples }) => [status, remainingSamples])).toEqual([
      ['good', 2],
      ['poorQuality', 2],
      ['good', 1],
      ['good', 0],
    ]);
    expect(subCommandsOf(device.requests)).toEqual([1, 2, 2, 2]);
  });

  it('gives up what was begun when it fails, also where giving up fails', async () => {
    const { bio, device } = bioOf({ 1: sample(0, 2), 2: STATUS.USER_ACTION_TIMEOUT, 3: STATUS.OTHER });
    await expect(bio.enroll({})).rejects.toMatchObject({ code: 'authenticator.timed_out' });
    expect(subCommandsOf(device.requests)).toEqual([1, 2, 3]);
  });

  it('does not take samples for ever', async () => {
    const { bio, device } = bioOf({ 1: sample(0, 1), 2: sample(0, 1) });
    await expect(bio.enroll({})).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
    expect(device.requests.length).toBeLessThan(300);
    expect(subCommandsOf(device.requests).at(-1)).toBe(3);
  });

  it('lists fingerprints, named or not, and none where the authenticator has none', async () => {
    const templates = [mapOf({ 1: templateId, 2: 'Left thumb' }), mapOf({ 1: bytes('03') })];
    const { bio } = bioOf({ 4: [mapOf({ 7: templates }), STATUS.INVALID_OPTION, STATUS.PIN_AUTH_INVALID] });
    expect(await bio.enumerateEnrollments()).toEqual([
      { templateId, name: 'Left thumb' },
      { templateId: bytes('03'), name: undefined },
    ]);
    expect(await bio.enumerateEnrollments()).toEqual([]);
    await expect(bio.enumerateEnrollments()).rejects.toMatchObject({
      code: 'authenticator.pin_auth_invalid',
    });
  });

  it('needs a token for everything but questions about the sensor', async () => {
    const { ctap, device } = bioOf({ 7: mapOf({ 2: 1, 3: 5 }) });
    const bio = new BioEnrollment(ctap, standard, null);
    await bio.getFingerprintSensorInfo();
    await expect(bio.enumerateEnrollments()).rejects.toMatchObject({ code: 'authenticator.pin_required' });
    expect(device.requests).toHaveLength(1);
  });

  it('refuses a beginning without a template', async () => {
    const { bio } = bioOf({ 1: mapOf({ 5: 0, 6: 2 }) });
    await expect(bio.enrollBegin(undefined)).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
  });
});
