import { checkName, NAME_MAX_LENGTH } from '../../../shared/domain/names.ts';

/**
 * Names for a credential on this device, such as "YubiKey 5C (Work)". A long name of a device is cut so that they
 * keep to the rules of names; those that do not are left out.
 * @param patterns the suggestions with a name of a device put in
 */
export function suggestNames(device: string, patterns: (device: string) => readonly string[]): string[] {
  const around = Math.max(...patterns('').map((text) => [...text].length));
  const room = Math.max(0, NAME_MAX_LENGTH - around);
  const short = [...device.trim()].slice(0, room).join('').trim();
  if (!checkName(short).ok) return [];
  return patterns(short).flatMap((text) => {
    const checked = checkName(text);
    return checked.ok ? [checked.name] : [];
  });
}
