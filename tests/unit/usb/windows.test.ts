import { describe, expect, it } from 'vitest';
import { hidesSecurityKeys, isElevated } from '../../../main/authenticators/usb/windows.ts';

const GROUPS = [
  '"Jeder","Bekannte Gruppe","S-1-1-0","Verbindliche Gruppe, Standardmäßig aktiviert, Aktivierte Gruppe"',
  '"VORDEFINIERT\\Administratoren","Alias","S-1-5-32-544","Gruppe, die nur zum Ablehnen verwendet wird"',
];
const label = (sid: string) => `"Verbindliche Beschriftung","Bezeichnung","${sid}",""`;

describe('security keys on Windows', () => {
  it('are hidden from programs without administrator rights, whatever the language', () => {
    expect(isElevated([...GROUPS, label('S-1-16-8192')].join('\r\n'))).toBe(false);
    expect(isElevated([...GROUPS, label('S-1-16-12288')].join('\r\n'))).toBe(true);
    expect(isElevated([...GROUPS, label('S-1-16-16384')].join('\r\n'))).toBe(true);
    expect(isElevated('')).toBe(false);
  });

  it.each(['linux', 'darwin'] as const)('are not hidden on %s', async (platform) => {
    expect(await hidesSecurityKeys(platform)).toBe(false);
  });
});
