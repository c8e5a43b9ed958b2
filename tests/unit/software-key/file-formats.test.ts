import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { decodeKeyFile } from '../../../main/authenticators/software/key-file.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import {
  AuthenticatorConfig,
  CredentialManagement,
  decodeCbor,
  PERMISSION,
} from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import recorded from './fixtures/format-1.json' with { type: 'json' };
import {
  assertion,
  clientPin,
  connect,
  parseAuthenticatorData,
  proof,
  publicKeyOf,
  signatureHolds,
  statusOf,
  temporaryFolder,
  tokenFor,
} from './helpers.ts';

const { keyId, pin, credentials } = recorded;
const FIXTURE = new URL(`./fixtures/${keyId}.swkey`, import.meta.url);

/** A copy of the file of format 1, and a way to open it as often as is wanted. */
async function oldFile() {
  const path = join(await temporaryFolder(), `${keyId}.swkey`);
  await copyFile(FIXTURE, path);
  const file = async () => decodeKeyFile(await readFile(path), keyId);
  const open = async () => {
    const device = new SoftwareDevice({ keyId, clock: systemClock, home: { path, file: await file() } });
    const timer = setInterval(() => device.touch(), 5);
    onTestFinished(async () => {
      clearInterval(timer);
      await device.close();
    });
    return { device, ...(await connect(device)) };
  };
  return { file, open };
}

describe('a key file of format 1', () => {
  it('gives back every passkey, and is of the latest format after the first change', async () => {
    const { file, open } = await oldFile();
    expect((await file()).format).toBe(1);
    for (const run of [1, 2]) {
      const { ctap, device } = await open();
      for (const { rpId, id, publicKey, signCount } of credentials) {
        const pinUvAuth = await proof(ctap, { pin, rpId });
        const signed = await assertion(ctap, { ids: [Buffer.from(id, 'hex')], rpId, pinUvAuth });
        expect(signatureHolds(publicKeyOf(decodeCbor(Buffer.from(publicKey, 'hex'))), signed)).toBe(true);
        expect(parseAuthenticatorData(signed.authData).signCount).toBe(signCount + run);
      }
      await device.close();
      expect(await file()).toMatchObject({ format: 2, minPINLength: 6, forcePINChange: false });
    }
  });

  it('stays of format 1 while nothing but its tries changes', async () => {
    const { file, open } = await oldFile();
    const { ctap } = await open();
    expect(await statusOf(clientPin(ctap).getPinToken(pinToBytes('000000')))).toBe('PIN_INVALID');
    expect(await file()).toMatchObject({ format: 1, pinRetries: 7 });
    const management = new CredentialManagement(
      ctap,
      await ctap.getInfo(),
      await tokenFor(ctap, PERMISSION.cm, { pin }),
    );
    expect(await management.enumerateRps()).toMatchObject([{ rpId: 'localhost' }, { rpId: 'example.org' }]);
    expect(await file()).toMatchObject({ format: 1, pinRetries: 8 });
  });

  it('has its PIN changed for a longer shortest length, because nobody counted it', async () => {
    const { file, open } = await oldFile();
    const { ctap } = await open();
    const config = async () =>
      new AuthenticatorConfig(ctap, await ctap.getInfo(), await tokenFor(ctap, PERMISSION.acfg, { pin }));
    await (await config()).setMinPINLength({ newMinPINLength: 6 });
    expect((await ctap.getInfo()).forcePINChange).toBe(false);
    await (await config()).setMinPINLength({ newMinPINLength: 7 });
    expect(await file()).toMatchObject({ format: 2, minPINLength: 7, forcePINChange: true });
  });
});
