import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openUdpPipe } from '../../main/authenticators/usb/udp-pipe.ts';
import { CAPABILITY, Ctap2, CtapError, HidDevice, KEEPALIVE, select } from '../../main/ctap/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { openKey, securityKeys, simulator } from './firmware.ts';

/** A number that neither a CTAPHID nor a CTAP2 command has. */
const UNKNOWN = 0x3a;

export function transport(): void {
  describe('the transport', () => {
    it('lists the simulator, tells it to those who watch, and opens it', async () => {
      const keys = securityKeys();
      const { host, port } = simulator().device;
      const expected = { id: `udp-${host}:${port}`, transport: 'simulator', accessible: true, problem: null };
      expect(await keys.list()).toMatchObject([expected]);
      const told = await new Promise<unknown>((resolve) => {
        const stop = keys.watch((devices) => {
          stop();
          resolve(devices);
        });
      });
      expect(told).toMatchObject([expected]);
      const authenticator = await keys.open(expected.id);
      expect(authenticator.kind).toBe('securityKey');
      await authenticator.close();
    });

    it('hears what the firmware is', async () => {
      const { hid, info } = await openKey();
      expect(hid.info.protocolVersion).toBe(2);
      expect(hid.supportsCbor).toBe(true);
      expect(info.versions).toContainEqual(expect.stringMatching(/^FIDO_2_\d/));
      expect(info.aaguid).toHaveLength(16);
      expect(info.maxMsgSize).toBeGreaterThanOrEqual(1024);
      expect(info.unknown).toEqual(new Map());
    });

    it.each([1, 57, 58, 1024])('carries a message of %i bytes there and back', async (length) => {
      const { hid } = await openKey();
      await expect(hid.ping(randomBytes(length))).resolves.toBeUndefined();
    });

    it.each([7168, 7609])(
      'carries a message of %i bytes there and back, or hears that it is too long',
      async (length) => {
        const { hid, ctap, info } = await openKey();
        try {
          await hid.ping(randomBytes(length));
        } catch (error) {
          // An authenticator need not take more than it says.
          expect(CtapError.is(error, 'INVALID_LENGTH')).toBe(true);
          expect(info.maxMsgSize).toBeLessThan(length);
        }
        // Whatever was sent after it was refused, the conversation goes on.
        expect((await ctap.getInfo()).aaguid).toEqual(info.aaguid);
      },
    );

    it('lets it wink', async (context) => {
      const { hid } = await openKey();
      const winks = (hid.info.capabilities & CAPABILITY.WINK) !== 0;
      context.skip(!winks, 'the firmware says that it cannot wink');
      await expect(hid.wink()).resolves.toBeUndefined();
    });

    it('goes on after a command that the firmware does not know', async () => {
      const { hid, ctap, info } = await openKey();
      await expect(hid.call(UNKNOWN, new Uint8Array(3))).rejects.toMatchObject({
        code: 'authenticator.invalid_command',
      });
      // For commands of CTAP2, firmware differs in the status.
      await expect(ctap.send(UNKNOWN, undefined)).rejects.toBeInstanceOf(CtapError);
      expect((await ctap.getInfo()).aaguid).toEqual(info.aaguid);
    });

    it('shares the firmware with another program that talks at the same moment', async () => {
      const pipe = await openUdpPipe(simulator());
      onTestFinished(() => pipe.close());
      const [one, other] = [await HidDevice.open(pipe), await HidDevice.open(pipe)];
      const data = randomBytes(1000);
      const both = await Promise.all([
        ...Array.from({ length: 5 }, () => new Ctap2(one).getInfo()),
        other.ping(data),
        ...Array.from({ length: 5 }, () => new Ctap2(other).getInfo()),
        other.ping(data),
      ]);
      const infos = both.filter((answer) => answer !== undefined);
      expect(infos).toHaveLength(10);
      expect(new Set(infos.map((info) => JSON.stringify(info))).size).toBe(1);
    });

    it('cancels a wait for a touch, and is in step afterwards', async (context) => {
      const { ctap, info } = await openKey();
      const abort = new AbortController();
      const onKeepalive = (status: number) => {
        if (status === KEEPALIVE.UPNEEDED) abort.abort();
      };
      const outcome = await select(ctap, info, { signal: abort.signal, onKeepalive }).then(
        () => 'touched',
        (error: unknown) => (error instanceof KeywrightError ? error.code : error),
      );
      // A CANCEL that came too late must not be taken for one of the next command.
      expect((await ctap.getInfo()).aaguid).toEqual(info.aaguid);
      context.skip(outcome === 'touched', 'the simulator touches itself before it can be cancelled');
      expect(outcome).toBe('authenticator.cancelled');
      expect(abort.signal.aborted).toBe(true);
    });
  });
}
