import { createElement, type ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { I18nextProvider } from 'react-i18next';
import { describe, expect, test } from 'vitest';
import { KeysSeen, KeysStatus } from '../../../renderer/features/security-keys/keys-seen.tsx';
import { NoPermission } from '../../../renderer/features/security-keys/no-permission.tsx';
import { i18n } from '../../../renderer/i18n/index.ts';
import type { SecurityKeyDevice, SecurityKeysSeen } from '../../../shared/contract/index.ts';

const device = (change: Partial<SecurityKeyDevice> = {}): SecurityKeyDevice => ({
  id: 'usb-1',
  name: 'YubiKey 5C NFC',
  serial: null,
  transport: 'usb',
  problem: null,
  ...change,
});

const seen = (devices: SecurityKeyDevice[], permissionCommand: string | null = null): SecurityKeysSeen => ({
  devices,
  permissionCommand,
});

/** The words of an element as they are read: without marks, line by line. */
function wordsOf(element: ReactElement): string {
  const html = renderToStaticMarkup(createElement(I18nextProvider, { i18n }, element));
  return html
    .replaceAll(/<[^>]+>/g, '|')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\|+/g, '|');
}

describe('the keys that are plugged in', () => {
  test('are named, with their serial number where they have one', () => {
    expect(wordsOf(createElement(KeysSeen, { seen: seen([device({ serial: '18204551' })]) }))).toBe(
      '|YubiKey 5C NFC| · serial 18204551|Ready|',
    );
  });

  test('are marked as simulated where a program plays them', () => {
    const words = wordsOf(createElement(KeysSeen, { seen: seen([device({ transport: 'simulator' })]) }));
    expect(words).toContain('Simulated, no hardware');
  });

  test('say why they cannot be opened', () => {
    const words = (problem: SecurityKeyDevice['problem']) =>
      wordsOf(createElement(KeysSeen, { seen: seen([device({ problem })]) }));
    expect(words('noPermission')).toBe('|YubiKey 5C NFC|No permission|');
    expect(words('busy')).toBe('|YubiKey 5C NFC|In use by another program|');
  });

  test('may be none, or not known yet', () => {
    expect(wordsOf(createElement(KeysSeen, { seen: seen([]) }))).toContain('Plug one in now or later.');
    expect(wordsOf(createElement(KeysSeen, { seen: null }))).toBe('|');
  });

  test('are told aloud', () => {
    const keys = seen([device(), device({ id: 'usb-2', name: 'Titan' })]);
    expect(wordsOf(createElement(KeysStatus, { seen: keys }))).toBe('|Plugged in: YubiKey 5C NFC, Titan|');
    expect(wordsOf(createElement(KeysStatus, { seen: seen([]) }))).toBe('|No security key is plugged in|');
    expect(wordsOf(createElement(KeysStatus, { seen: null }))).toBe('|');
  });
});

describe('a key that may not be opened', () => {
  const command =
    "sudo install -m 0644 '/opt/70-keys.rules' /etc/udev/rules.d/ && sudo udevadm control --reload";

  test('comes with the command that gives access, what it does, and a button that copies it', () => {
    const words = wordsOf(
      createElement(NoPermission, { seen: seen([device({ problem: 'noPermission' })], command) }),
    );
    expect(words).toContain('|YubiKey 5C NFC|');
    expect(words).toContain('installs a udev rule');
    expect(words).toContain(command);
    const html = renderToStaticMarkup(
      createElement(
        I18nextProvider,
        { i18n },
        createElement(NoPermission, { seen: seen([device({ problem: 'noPermission' })], command) }),
      ),
    );
    expect(html).toContain('aria-label="Copy the command"');
  });

  test('comes with words alone where there is no command to give', () => {
    expect(
      wordsOf(createElement(NoPermission, { seen: seen([device({ problem: 'noPermission' })]) })),
    ).toContain('Ask whoever manages this computer');
  });

  test('is the only one that is told about like this', () => {
    expect(
      wordsOf(createElement(NoPermission, { seen: seen([device(), device({ problem: 'busy' })], command) })),
    ).toBe('');
  });
});
