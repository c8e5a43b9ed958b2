import { describe, expect, test } from 'vitest';
import { createAssertionFlow } from '../../../renderer/features/ceremony/assertion-flow.ts';
import { renameRequest, stateRequest } from '../../../renderer/features/credentials/change.ts';
import { createActionFlow } from '../../../renderer/features/signing/action-flow.ts';
import type { KeywrightBridge } from '../../../shared/contract/index.ts';
import { PIN as OTHER_PIN } from '../../support/core.ts';
import { at, bridgeOf, givePinAndTouch, openBridge, waitFor } from './person.ts';

/** A window with two active credentials, made by the automatic person, who then leaves. */
async function openWithTwo() {
  const { window } = await openBridge();
  window.behaviour = {};
  const first = await window.createFirst();
  const second = await window.createNext('Second key', first.id);
  window.behaviour = { pin: () => null, touch: () => false };
  if (second === null) throw new Error('There is no second credential.');
  return { window, bridge: bridgeOf(window), first, second };
}

describe('a signed change', () => {
  test('switches a credential off and on again', async () => {
    const { bridge, first, second } = await openWithTwo();
    for (const state of ['inactive', 'active'] as const) {
      const flow = createActionFlow(bridge, () => stateRequest(second.id, state));
      await flow.begin();
      flow.choose(first.id);
      const signed = flow.sign();
      await givePinAndTouch(flow.ceremony, OTHER_PIN);
      await signed;
      expect(at(flow, 'done').result).toMatchObject({ id: second.id, state });
    }
  });

  test('renames a credential', async () => {
    const { bridge, first, second } = await openWithTwo();
    const flow = createActionFlow(bridge, () => renameRequest(second.id, 'Desk key'));
    await flow.begin();
    flow.choose(first.id);
    const signed = flow.sign();
    await givePinAndTouch(flow.ceremony, OTHER_PIN);
    await signed;
    expect(at(flow, 'done').result?.name).toBe('Desk key');
  });

  test('is not shown when the challenge is about another request than was asked for', async () => {
    const { bridge, second, first } = await openWithTwo();
    const crossed: KeywrightBridge = {
      ...bridge,
      call: (name, input) =>
        name === 'actions.begin'
          ? (bridge.call('actions.begin', { request: stateRequest(first.id, 'inactive') }) as never)
          : bridge.call(name, input),
    };
    const flow = createActionFlow(crossed, () => stateRequest(second.id, 'inactive'));
    await flow.begin();
    expect(at(flow, 'failed').error.code).toBe('auth.action_mismatch');
  });

  test('can be cancelled, and the same challenge signed later', async () => {
    const { bridge, first, second } = await openWithTwo();
    const flow = createActionFlow(bridge, () => stateRequest(second.id, 'inactive'));
    await flow.begin();
    flow.choose(first.id);
    const { challengeId } = at(flow, 'ready').challenge;
    const cancelled = flow.sign();
    await waitFor(flow.ceremony, 'pin');
    await flow.cancel();
    await cancelled;
    expect(at(flow, 'ready')).toMatchObject({ cancelled: true, error: null, challenge: { challengeId } });
    const signed = flow.sign();
    await givePinAndTouch(flow.ceremony, OTHER_PIN);
    await signed;
    expect(at(flow, 'done').result?.state).toBe('inactive');
  });

  test('gets a fresh challenge where the old one has expired or was used', async () => {
    const { bridge, first, second } = await openWithTwo();
    let begun = 0;
    let now = Date.now();
    const flow = createAssertionFlow({
      bridge,
      begin: () => {
        begun += 1;
        return bridge.call('actions.begin', { request: stateRequest(second.id, 'inactive') });
      },
      commit: (challenge, assertion) =>
        bridge.call('actions.commit', {
          actionId: challenge.actionId,
          // Not what was signed: the core refuses, and the challenge is spent.
          request: begun < 3 ? stateRequest(first.id, 'inactive') : challenge.request,
          assertion,
        }),
      now: () => now,
    });
    await flow.begin();
    flow.choose(first.id);
    now += 6 * 60_000;
    let signed = flow.sign();
    await givePinAndTouch(flow.ceremony, OTHER_PIN);
    await signed;
    expect(begun).toBe(2);
    expect(at(flow, 'ready').error?.code).toBe('auth.action_mismatch');
    now = Date.now();
    signed = flow.sign();
    await givePinAndTouch(flow.ceremony, OTHER_PIN);
    await signed;
    expect(begun).toBe(3);
    expect(at(flow, 'done').result.credential).toMatchObject({ id: second.id, state: 'inactive' });
  });
});

test('a credential that is switched off is shown as a signer that cannot sign', async () => {
  const { bridge, window, first, second } = await openWithTwo();
  window.behaviour = {};
  await window.setState(second.id, 'inactive', first.id);
  const flow = createAssertionFlow({
    bridge,
    begin: () => bridge.call('signIn.begin', {}),
    commit: ({ challengeId }, assertion) => bridge.call('signIn.commit', { challengeId, assertion }),
  });
  await flow.begin();
  const { challenge, signerId } = at(flow, 'ready');
  expect(signerId).toBe(first.id);
  expect(challenge.signers.find((each) => each.id === second.id)?.unavailable).toBe('inactive');
  await flow.sign();
  expect(at(flow, 'done').result.credentialId).toBe(first.id);
});
