import { describe, expect, it } from 'vitest';
import { connect, make, statusOf, throwAwayKey } from './helpers.ts';

describe('the touch button', () => {
  it('lets nothing happen before it is touched', async () => {
    const { device, ctap } = await throwAwayKey({ automaticTouch: false });
    let touched = false;
    // A touch that nobody waits for is not kept for later.
    device.touch();
    const waiting = ctap.selection({
      onKeepalive: (status) => {
        if (status !== 2 || touched) return;
        touched = true;
        device.touch();
      },
    });
    await waiting;
    expect(touched).toBe(true);
  });

  it('is waited for no longer than its time', async () => {
    const { ctap } = await throwAwayKey({ automaticTouch: false, touchTimeout: 30 });
    expect(await statusOf(make(ctap))).toBe('USER_ACTION_TIMEOUT');
    expect(await statusOf(ctap.selection())).toBe('USER_ACTION_TIMEOUT');
  });

  it('ends with KEEPALIVE_CANCEL when the wait is cancelled, and nothing was made', async () => {
    const { device, ctap } = await throwAwayKey({ automaticTouch: false });
    const abort = new AbortController();
    const selection = ctap.selection({ signal: abort.signal, onKeepalive: () => abort.abort() });
    expect(await statusOf(selection)).toBe('KEEPALIVE_CANCEL');
    // The device is free again.
    const again = ctap.selection({ onKeepalive: (status) => status === 2 && device.touch() });
    await again;
  });

  it('ends with "removed" when the key is taken out meanwhile', async () => {
    const { device, ctap } = await throwAwayKey({ automaticTouch: false });
    const selection = ctap.selection({ onKeepalive: () => void device.powerCycle() });
    await expect(selection).rejects.toMatchObject({ code: 'authenticator.removed' });
    const { ctap: after } = await connect(device);
    await expect(after.getInfo()).resolves.toBeDefined();
  });

  it('is asked for again and again by KEEPALIVE', async () => {
    const { device, ctap } = await throwAwayKey({ automaticTouch: false, times: { keepalive: 5 } });
    let asked = 0;
    await ctap.selection({
      onKeepalive: (status) => {
        if (status === 2) asked += 1;
        if (asked === 4) device.touch();
      },
    });
    expect(asked).toBeGreaterThanOrEqual(4);
  });
});
