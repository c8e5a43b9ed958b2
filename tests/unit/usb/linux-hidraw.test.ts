import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LinuxHidraw, whyNotOpened } from '../../../main/authenticators/usb/linux-hidraw.ts';
import { createSecurityKeys } from '../../../main/authenticators/usb/security-keys.ts';

const FIDO = Buffer.from('06d0f10901a101092015002600ff75089540810209211500c0', 'hex');
const MOUSE = Buffer.from('05010902a1010901a100c0c0', 'hex');

/** Folders that look as sysfs and /dev do, so that a device can be plugged in here. */
async function computer() {
  const root = await mkdtemp(join(tmpdir(), 'keywright-sys-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const places = { sys: join(root, 'class'), dev: join(root, 'dev') };
  await mkdir(places.sys);
  await mkdir(places.dev);
  return {
    places,
    async plugIn(node: string, device: { instance: string; descriptor: Buffer; uevent?: string }) {
      const folder = join(root, 'devices', device.instance);
      await mkdir(join(folder, 'hidraw', node), { recursive: true });
      await writeFile(join(folder, 'report_descriptor'), device.descriptor);
      await writeFile(join(folder, 'uevent'), device.uevent ?? '');
      await symlink('../..', join(folder, 'hidraw', node, 'device'));
      await symlink(`../devices/${device.instance}/hidraw/${node}`, join(places.sys, node));
      await writeFile(join(places.dev, node), '');
    },
    async pullOut(node: string) {
      await rm(join(places.sys, node));
      await rm(join(places.dev, node), { force: true });
    },
  };
}

const UEVENT = 'DRIVER=hid-generic\nHID_ID=0003:00001050:00000407\nHID_NAME=Acme Key\nHID_UNIQ=0042\n';

describe.skipIf(process.platform === 'win32')('FIDO devices in sysfs', () => {
  it('are found by their report descriptor, among others', async () => {
    const { places, plugIn } = await computer();
    await plugIn('hidraw0', { instance: '0003:046D:C077.0001', descriptor: MOUSE });
    await plugIn('hidraw1', { instance: '0003:1050:0407.0002', descriptor: FIDO, uevent: UEVENT });
    expect(await new LinuxHidraw(places).find()).toEqual([
      {
        path: join(places.dev, 'hidraw1'),
        instance: '0003:1050:0407.0002',
        accessible: true,
        name: 'Acme Key',
        serial: '0042',
      },
    ]);
  });

  it('are another device when they were taken out and put in again at the same node', async () => {
    const { places, plugIn, pullOut } = await computer();
    const keys = createSecurityKeys({ linux: new LinuxHidraw(places) });
    await plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO, uevent: UEVENT });
    const [before] = await keys.list();
    await pullOut('hidraw0');
    expect(await keys.list()).toEqual([]);
    await plugIn('hidraw0', { instance: '0003:1050:0407.0002', descriptor: FIDO, uevent: UEVENT });
    const [after] = await keys.list();
    expect(before?.name).toBe('Acme Key');
    expect(after?.name).toBe('Acme Key');
    expect(after?.id).not.toBe(before?.id);
    await expect(keys.open(before?.id ?? '')).rejects.toMatchObject({ code: 'authenticator.not_found' });
  });

  it('without a node that can be used are listed, with the reason', async () => {
    const { places, plugIn } = await computer();
    await plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO, uevent: UEVENT });
    // A sandbox hides the node; the real refusal by mode is tested where devices are real.
    await rm(join(places.dev, 'hidraw0'));
    const keys = createSecurityKeys({ linux: new LinuxHidraw(places) });
    expect(await keys.list()).toEqual([
      {
        id: expect.stringMatching(/^usb-[0-9a-f]{16}$/),
        name: 'Acme Key',
        vendor: null,
        product: 'Acme Key',
        serial: '0042',
        transport: 'usb',
        accessible: false,
        problem: 'noPermission',
      },
    ]);
  });

  it('tell a name that can be shown, whatever they say', async () => {
    const { places, plugIn } = await computer();
    const uevent = `HID_NAME=\u202eevil\u0007 \t key ${'x'.repeat(200)}\n`;
    await plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO, uevent });
    await plugIn('hidraw1', {
      instance: '0003:1050:0407.0002',
      descriptor: FIDO,
      uevent: 'HID_NAME=\u200b\n',
    });
    const [first, second] = await createSecurityKeys({ linux: new LinuxHidraw(places) }).list();
    expect(first?.name).toMatch(/^evil key x{55}$/);
    expect(second?.name).toBe('USB security key');
  });

  it('are not there where the kernel has no hidraw', async () => {
    expect(await new LinuxHidraw({ sys: '/nowhere', dev: '/dev' }).find()).toEqual([]);
  });

  it('are told as they come, go, and can be opened', async () => {
    const { places, plugIn, pullOut } = await computer();
    const keys = createSecurityKeys({ linux: new LinuxHidraw(places) });
    const told: (boolean[] | 'stopped')[] = [];
    const steps = [
      () => plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO }),
      () => rm(join(places.dev, 'hidraw0')),
      () => writeFile(join(places.dev, 'hidraw0'), ''),
      () => pullOut('hidraw0'),
    ];
    await new Promise<void>((resolve, reject) => {
      const stop = keys.watch((devices) => {
        told.push(devices.map(({ accessible }) => accessible));
        const step = steps.shift();
        if (step !== undefined) step().catch(reject);
        else {
          stop();
          resolve();
        }
      });
    });
    expect(told).toEqual([[], [true], [false], [true], []]);
  });
});

describe.skipIf(process.platform === 'win32')('a node that cannot be opened', () => {
  it('is gone, or could be opened after all', async () => {
    const { places, plugIn } = await computer();
    expect(await whyNotOpened(join(places.dev, 'hidraw0'))).toMatchObject({ code: 'authenticator.removed' });
    await plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO });
    expect(await whyNotOpened(join(places.dev, 'hidraw0'))).toBeNull();
  });

  it('is one that this user may not open', async () => {
    const { places, plugIn } = await computer();
    await plugIn('hidraw0', { instance: '0003:1050:0407.0001', descriptor: FIDO });
    const path = join(places.dev, 'hidraw0');
    await chmod(join(places.dev, '..'), 0o755);
    await chmod(path, 0);
    // Root may open everything, so it becomes nobody for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await whyNotOpened(path)).toMatchObject({
        code: 'authenticator.no_permission',
        cause: { code: 'EACCES', syscall: 'open', path },
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
