import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggestNames } from '../../../renderer/features/enrol-wizard/name-suggestions.ts';
import { i18n } from '../../../renderer/i18n/index.ts';
import { checkName } from '../../../shared/domain/names.ts';

const patterns = (device: string) => i18n.t('naming.suggest.device', { returnObjects: true, device });

test('names for a key that is plugged in begin with what it calls itself', () => {
  expect(suggestNames('YubiKey 5C', patterns)).toEqual([
    'YubiKey 5C (Work)',
    'YubiKey 5C (Home)',
    'Backup YubiKey 5C',
  ]);
});

test('a long name of a device is cut, by characters and not in the middle of one', () => {
  const names = suggestNames('🔑'.repeat(64), patterns);
  expect(names).toHaveLength(3);
  expect(names[0]).toBe(`${'🔑'.repeat(57)} (Work)`);
});

test('whatever a device calls itself, only names that can be used are suggested', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (device) => {
      for (const name of suggestNames(device, patterns)) expect(checkName(name)).toEqual({ ok: true, name });
    }),
  );
  expect(suggestNames('\u202e', patterns)).toEqual([]);
  expect(suggestNames('  ', patterns)).toEqual([]);
});
