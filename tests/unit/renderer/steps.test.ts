import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Draft,
  hasSomethingToLose,
  leavesPasskeyOnKey,
  mayHaveRegistered,
  parseDraft,
  resumeStep,
  STEPS,
} from '../../../renderer/features/enrol-wizard/steps.ts';
import type { Enrolment } from '../../../shared/contract/index.ts';

const enrolment = (state: Enrolment['state'], first: boolean): Enrolment => ({
  id: '0198c0de-0000-7000-8000-000000000001',
  state,
  kind: 'software',
  name: 'Desk key',
  first,
  personName: 'Sample Person',
  workspaceName: 'Test workspace',
  made: null,
  request: null,
  credentialId: null,
  createdAt: 0,
  expiresAt: 0,
});

describe('a draft that outlives a reload', () => {
  test('comes back as it was stored', () => {
    const draft = fc.record<Draft>({
      step: fc.constantFrom(...STEPS),
      kind: fc.constantFrom('software', 'platform', 'securityKey', null),
      name: fc.string(),
      enrolmentId: fc.option(fc.uuid()),
      setup: fc.option(fc.record({ person: fc.string(), workspace: fc.string() })),
    });
    fc.assert(
      fc.property(draft, (each) => {
        expect(parseDraft(JSON.stringify(each))).toEqual(each);
      }),
    );
  });

  test('is none where the text is something else', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseDraft(text)).toBeNull();
      }),
    );
    for (const text of [null, '', '{', '{"step":"sign"}', '{"step":"later","name":"x"}']) {
      expect(parseDraft(text)).toBeNull();
    }
  });
});

describe('the step to resume at', () => {
  test.each([
    ['named', true, 'create', 'create'],
    ['named', true, 'name', 'name'],
    ['named', false, 'register', 'register'],
    ['named', false, 'sign', 'register'],
    ['registered', true, 'register', 'sign'],
    ['registered', true, 'name', 'name'],
    // Its name is part of the request to sign by now.
    ['registered', false, 'name', 'sign'],
    ['committed', false, 'sign', 'confirm'],
    ['committed', true, 'create', 'confirm'],
  ] as const)('%s, first %s, was at %s: %s', (state, first, wanted, step) => {
    expect(resumeStep(enrolment(state, first), wanted)).toBe(step);
  });
});

test('closing asks only where something would be lost', () => {
  const open = { step: 'create', name: '', enrolment: null } as const;
  expect(hasSomethingToLose(open)).toBe(false);
  expect(hasSomethingToLose({ ...open, name: '  ' })).toBe(false);
  expect(hasSomethingToLose({ ...open, step: 'name', name: 'Desk key' })).toBe(true);
  expect(hasSomethingToLose({ ...open, step: 'register', enrolment: enrolment('named', false) })).toBe(true);
  expect(hasSomethingToLose({ ...open, step: 'confirm', enrolment: enrolment('committed', false) })).toBe(
    false,
  );
});

describe('a passkey that stays on a security key', () => {
  const made = (canVerifyUser: boolean): Enrolment['made'] => ({
    credentialId: 'AAAA',
    model: 'Security key',
    aaguid: '00000000-0000-0000-0000-000000000000',
    algorithm: -7,
    attestationFormat: 'packed',
    canVerifyUser,
    fingerprint: '00',
    backupEligible: false,
    backedUp: false,
  });
  const onKey = (state: Enrolment['state'], canVerifyUser = true): Enrolment => ({
    ...enrolment(state, false),
    kind: 'securityKey',
    made: state === 'named' ? null : made(canVerifyUser),
  });

  test('is there once it was registered, until it is committed', () => {
    expect(leavesPasskeyOnKey(onKey('registered'))).toBe(true);
    expect(leavesPasskeyOnKey(onKey('named'))).toBe(false);
    expect(leavesPasskeyOnKey(onKey('committed'))).toBe(false);
    expect(leavesPasskeyOnKey(null)).toBe(false);
  });

  test('is none on a U2F key, which keeps nothing, and none of a software key, which is deleted', () => {
    expect(leavesPasskeyOnKey(onKey('registered', false))).toBe(false);
    expect(leavesPasskeyOnKey(enrolment('registered', false))).toBe(false);
  });

  test('may be there where the enrolment is gone, but the draft had come to registering', () => {
    const draft = (step: Draft['step']): Draft => ({
      step,
      kind: 'securityKey',
      name: 'Desk key',
      enrolmentId: '0198c0de-0000-7000-8000-000000000001',
      setup: null,
    });
    expect(mayHaveRegistered(null, draft('sign'))).toBe(true);
    expect(mayHaveRegistered(null, draft('register'))).toBe(true);
    expect(mayHaveRegistered(null, draft('name'))).toBe(false);
    expect(mayHaveRegistered(null, null)).toBe(false);
    expect(mayHaveRegistered(onKey('registered'), null)).toBe(true);
    expect(mayHaveRegistered(onKey('named'), draft('sign'))).toBe(false);
  });
});
