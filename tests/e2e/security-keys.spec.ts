import type { Page } from '@playwright/test';
import type { Place, SecurityKeysSeen } from '../../shared/contract/index.ts';
import { expect, test } from './support/app.ts';
import { type Person, PIN } from './support/person.ts';
import { setPinOf } from './support/set-pin.ts';
import type { SimulatedKey } from './support/simulated-key.ts';

// Keys are looked for about once a second, and come and go several times in one test.
test.describe.configure({ timeout: 60_000 });

const PLUG_IN = 'Plug in your security key';
const PULLED_OUT = 'The key was pulled out before it had answered';

/** From an empty data folder to the list, with a USB key as the first credential. */
async function setUpOnKey(person: Person, name = 'Desk key'): Promise<void> {
  await person.fillWelcome();
  await person.startOnKey(name);
  await person.setPin();
  await finishSetUp(person, name);
}

async function finishSetUp(person: Person, name: string): Promise<void> {
  await person.click('Create workspace');
  await expect(person.heading(`“${name}” is ready`)).toBeVisible();
  await person.click('Go to credentials');
  await expect(person.heading('Credentials')).toBeVisible();
}

/** Step 4, or a change, signed on a USB key whose PIN is set and that touches itself. */
async function signOnKey(person: Person, signer: string, submit: string, pin = PIN): Promise<void> {
  await person.page.getByRole('radio', { name: new RegExp(`^${signer}`) }).check({ force: true });
  await person.click(submit);
  await person.enterPin(pin);
}

async function addSoftwareKey(person: Person, name: string, signer: string): Promise<void> {
  await person.startWizard();
  await person.makePasskey(name);
  await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
  await signOnKey(person, signer, 'Sign and save');
  await expect(person.heading(`“${name}” is ready`)).toBeVisible();
  await person.click('Go to credentials');
}

async function pullOutAndIn(person: Person, key: SimulatedKey, words = PULLED_OUT): Promise<void> {
  await key.unplug();
  await expect(person.says(words)).toBeVisible();
  // What had the focus is gone; the keyboard goes on from the panel.
  await expect(person.page.getByRole('region', { name: 'Authenticator' })).toBeFocused();
  await person.expectAccessible();
  await key.plug();
}

test.describe('the whole job', () => {
  test('a USB key as the first credential: set up, sign out and in, without leaving the keyboard', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey();
    await person.open();
    await page.getByLabel('Your name').focus();
    await page.keyboard.type('Sample Person');
    await page.keyboard.press('Tab');
    await page.keyboard.type('North Lab');
    await page.keyboard.press('Enter');
    const place = page.getByRole('radio', { name: /^USB security key/ });
    await expect(place).toBeEnabled();
    await expect(place).toHaveAccessibleName(/Simulated, no hardware/);
    await page.getByRole('radio', { name: /^Software security key/ }).focus();
    await page.keyboard.press('ArrowDown');
    await expect(place).toBeChecked();
    await person.expectAccessible();
    await person.button('Continue').focus();
    await page.keyboard.press('Enter');
    await expect(person.button('Simulated key (Work)')).toBeVisible();
    await expect(page.getByRole('textbox')).toBeFocused();
    await page.keyboard.type('Desk key');
    await page.keyboard.press('Enter');
    await expect(page.getByText(`Choose a PIN for “${key.name}”`)).toBeVisible();
    await expect(page.getByText('Simulated, no hardware')).toBeVisible();
    await expect(page.getByLabel('PIN', { exact: true })).toBeFocused();
    await person.expectAccessible();
    await page.keyboard.type(PIN);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PIN);
    await page.keyboard.press('Enter');
    await person.button('Create workspace').press('Enter');
    await expect(person.heading('“Desk key” is ready')).toBeVisible();
    await person.button('Go to credentials').press('Enter');
    await expect(person.row('Desk key')).toContainText('Security key');
    await person.button('Sign out').press('Enter');
    await person.button('Sign in').press('Enter');
    await page.getByLabel('PIN', { exact: true }).focus();
    await page.keyboard.type(PIN);
    await page.keyboard.press('Enter');
    await expect(person.heading('Credentials')).toBeVisible();
  });

  test('a USB key as the second credential, signed by a software key; then it signs a change', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey({ touch: 'stdin' });
    await person.open();
    await person.setUp('Training key');
    await person.startWizard();
    await person.startOnKey('Desk key');
    await person.setPin();
    await expect(person.says('Touch the key whose light is blinking.')).toBeVisible();
    await expect(person.button('It does not blink')).toBeVisible();
    await person.expectAccessible();
    await key.touch();
    await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
    await person.signWith('Training key', 'Sign and save');
    await expect(person.heading('“Desk key” is ready')).toBeVisible();
    await person.click('Go to credentials');

    await person.click('Rename Training key');
    await page.getByRole('textbox', { name: 'New name' }).fill('Spare key');
    await person.click('Continue');
    await signOnKey(person, 'Desk key', 'Sign and rename');
    await expect(person.says('PIN accepted')).toBeVisible();
    await key.touch();
    await expect(person.row('Spare key')).toBeVisible();
  });

  test('a software key as the second credential, signed by a USB key', async ({ person, addKey }) => {
    await addKey();
    await person.open();
    await setUpOnKey(person);
    await addSoftwareKey(person, 'Training key', 'Desk key');
    await expect(person.row('Training key')).toContainText('Not hardware');
    await expect(person.row('Desk key')).toContainText('Signed a change');
  });
});

test.describe('keys come and go', () => {
  test('step 1 shows what is plugged in, and nothing moves when that changes', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey({ out: true });
    const other = await addKey({ out: true });
    await person.open();
    await person.fillWelcome();
    const card = page.getByRole('radio', { name: /^USB security key/ });
    await expect(card).toHaveAccessibleName(/None is plugged in/);
    await card.check({ force: true });
    await person.expectAccessible();
    const places = () =>
      Promise.all(
        [person.heading('Where should'), page.getByText(/^A YubiKey/), person.button('Continue')].map(
          (each) => each.boundingBox(),
        ),
      );
    const before = await places();
    await key.plug();
    await expect(card).toHaveAccessibleName(new RegExp(key.name));
    expect(await places()).toEqual(before);
    await other.plug();
    await expect(card).toHaveAccessibleName(new RegExp(other.name));
    expect(await places()).toEqual(before);
    await key.unplug();
    await expect(card).not.toHaveAccessibleName(new RegExp(key.name));
    await expect(page.getByRole('status').filter({ hasText: `Plugged in: ${other.name}` })).toHaveCount(1);
    await other.unplug();
    await expect(card).toHaveAccessibleName(/None is plugged in/);
    expect(await places()).toEqual(before);
  });

  test('a key that is not plugged in is waited for', async ({ person, addKey }) => {
    const key = await addKey({ out: true });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await expect(person.says(PLUG_IN)).toBeVisible();
    await person.expectAccessible();
    await key.plug();
    await person.setPin();
    await finishSetUp(person, 'Desk key');
  });

  test('a key that is pulled out while it is being registered: nothing is lost', async ({
    person,
    addKey,
  }) => {
    const key = await addKey({ touch: 'stdin' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await expect(person.button('Set PIN')).toBeVisible();
    await pullOutAndIn(person, key);
    await person.setPin();
    await key.waits('touch');
    await expect(person.says('Waiting for touch')).toBeVisible();
    await key.unplug();
    await expect(person.says('Nothing was made. Plug it in again to go on.')).toBeVisible();
    await key.plug();
    await person.enterPin();
    await key.touch();
    await finishSetUp(person, 'Desk key');
  });

  test('a key that is pulled out while it signs: nothing was signed, and it goes on', async ({
    person,
    addKey,
  }) => {
    const key = await addKey({ touch: 'stdin' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await person.setPin();
    await key.touch();
    await finishSetUp(person, 'Desk key');
    await person.click('Sign out');
    await person.click('Sign in');
    await expect(person.button('Unlock')).toBeVisible();
    await pullOutAndIn(person, key, 'Nothing was signed. Plug it in again to go on.');
    await person.enterPin();
    await key.waits('touch');
    await pullOutAndIn(person, key);
    await person.enterPin();
    await key.touch();
    await expect(person.heading('Credentials')).toBeVisible();
  });

  test('three wrong PINs: the key is pulled out and plugged in again, and the right one works', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey();
    await person.open();
    await setUpOnKey(person);
    await person.click('Sign out');
    await person.click('Sign in');
    for (const left of [7, 6]) {
      await person.enterPin('wrong one');
      await expect(page.getByText('That PIN was wrong.')).toBeVisible();
      await expect(page.getByText(`${left} tries left.`)).toBeVisible();
    }
    await person.enterPin('wrong one');
    await expect(person.says('Pull the key out and plug it in again')).toBeVisible();
    await expect(person.says(/Three wrong PINs in a row/)).toBeVisible();
    await person.expectAccessible();
    // Nothing on the screen tells when it is seen that the key is out; it is looked for twice in this time.
    await key.replug(() => page.waitForTimeout(1500));
    await expect(page.getByText('5 tries left.')).toBeVisible();
    await person.enterPin();
    await expect(person.heading('Credentials')).toBeVisible();
  });
});

test.describe('several keys', () => {
  test('the one that is touched is used', async ({ page, person, addKey }) => {
    const first = await addKey({ touch: 'stdin' });
    const second = await addKey({ touch: 'stdin' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await expect(person.says('Touch the key you want to use')).toBeVisible();
    await expect(page.getByRole('list', { name: 'Keys to choose from' }).getByRole('listitem')).toContainText(
      [first.name, second.name],
    );
    await person.expectAccessible();
    await second.touch();
    await expect(page.getByText(`Choose a PIN for “${second.name}”`)).toBeVisible();
    await person.setPin();
    await second.touch();
    await finishSetUp(person, 'Desk key');
  });

  test('only the one that holds the passkey signs', async ({ person, addKey }) => {
    const first = await addKey();
    const second = await addKey({ out: true });
    await person.open();
    await setUpOnKey(person);
    await person.click('Sign out');
    await first.unplug();
    await second.plug();
    await person.click('Sign in');
    await expect(person.says('This key does not hold “Desk key”')).toBeVisible();
    await person.expectAccessible();
    await first.plug();
    await person.enterPin();
    await expect(person.heading('Credentials')).toBeVisible();
  });
});

test.describe('a key with a fingerprint sensor', () => {
  test('verifies by finger, and says when it was not recognised', async ({ page, person, addKey }) => {
    const key = await addKey({ persona: 'builtInUv', touch: 'stdin' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await expect(person.says('Use the fingerprint sensor of the key')).toBeVisible();
    await person.expectAccessible();
    await key.finger('bad');
    await expect(page.getByRole('alert').filter({ hasText: 'Not recognised. Try again.' })).toBeVisible();
    await expect(person.says('4 tries left.')).toBeVisible();
    await key.finger('ok');
    await finishSetUp(person, 'Desk key');
    await person.click('Sign out');
    await person.click('Sign in');
    await key.finger('ok');
    await expect(person.heading('Credentials')).toBeVisible();
  });

  test('takes the PIN instead', async ({ page, person, addKey }) => {
    const key = await addKey({ persona: 'builtInUv', touch: 'stdin' });
    await setPinOf(key, PIN);
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await person.button('Use the PIN instead').press('Enter');
    await expect(page.getByText(`Enter the PIN of “${key.name}”`)).toBeVisible();
    await expect(page.getByLabel('PIN', { exact: true })).toBeFocused();
    await person.enterPin();
    await key.touch();
    await finishSetUp(person, 'Desk key');
  });
});

test.describe('a key that knows only U2F', () => {
  const WHAT = 'It cannot verify you by PIN or fingerprint, cannot hold discoverable passkeys';

  test('is refused where user verification is required', async ({ page, person, addKey }) => {
    await addKey({ persona: 'u2f' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Blue key');
    const alert = page.getByRole('alert').filter({ hasText: 'This key knows only U2F' });
    await expect(alert).toBeVisible();
    await person.expectAccessible();
    await alert.getByRole('button', { name: 'Troubleshooting' }).click();
    await expect(page.getByRole('dialog', { name: 'Troubleshooting' })).toContainText(
      'It knows only U2F: a touch, but neither PIN nor fingerprint.',
    );
    await person.expectAccessible();
  });

  test('is accepted once that was signed, says what it lacks, and signs', async ({
    page,
    person,
    addKey,
  }) => {
    test.slow();
    await addKey({ persona: 'u2f' });
    await person.open();
    await person.setUp('Training key');
    await changePolicy('Preferred', 'Accept keys that know only a touch', 'Sign and accept them');
    await expect(page.getByText('Also accepts keys that know only a touch (U2F).')).toBeVisible();

    await page.getByRole('link', { name: 'Credentials' }).click();
    await person.startWizard();
    await person.startOnKey('Blue key');
    await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
    await person.signWith('Training key', 'Sign and save');
    await expect(person.heading('“Blue key” is ready')).toBeVisible();
    await expect(page.getByRole('note').filter({ hasText: WHAT })).toBeVisible();
    await person.expectAccessible();
    await person.click('Go to credentials');
    await expect(person.row('Blue key')).toContainText('U2F: touch only');
    await expect(person.row('Blue key').getByRole('button', { name: WHAT })).toBeVisible();
    await person.expectAccessible();
    await person.click('Details of Blue key');
    await expect(page.getByRole('dialog')).toContainText(WHAT);
    await person.expectAccessible();
    await page.keyboard.press('Escape');

    // It signs: a touch is enough.
    await person.click('Rename Training key');
    await page.getByRole('textbox', { name: 'New name' }).fill('Spare key');
    await person.click('Continue');
    await page.getByRole('radio', { name: /^Blue key/ }).check({ force: true });
    await person.click('Sign and rename');
    await expect(person.row('Spare key')).toBeVisible();

    await changePolicy('Required', 'Require user verification', 'Sign and require it', 'Spare key');
    await person.click('Sign out');
    const blue = page.getByRole('radio', {
      name: /^Blue key.*cannot verify you, which this workspace requires/,
    });
    await expect(blue).toBeDisabled();
    await person.expectAccessible();

    async function changePolicy(choice: string, title: string, submit: string, signer = 'Training key') {
      await page.getByRole('link', { name: 'Settings' }).click();
      await person.expectAccessible();
      await page.getByText(choice, { exact: true }).click();
      const dialog = page.getByRole('dialog', { name: title });
      await expect(dialog.getByText('What this means')).toBeVisible();
      await expect(dialog.getByRole('strong').or(dialog.locator('strong'))).toHaveText(title);
      await expect(page.getByRole('radio', { name: choice, includeHidden: true })).not.toBeChecked();
      await person.expectAccessible();
      await person.signWith(signer, submit);
      await expect(dialog).toBeHidden();
      await expect(page.getByRole('radio', { name: choice })).toBeChecked();
    }
  });
});

test.describe('PINs', () => {
  test('the rules are told before a PIN is typed, and hold', async ({ page, person, addKey }) => {
    await addKey({ strict: 'refuses' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    const rules = page.getByRole('list', { name: 'Rules for the PIN' });
    await expect(rules.getByRole('listitem')).toHaveText([
      'At least 6 characters: digits, letters or symbols',
      'At most 16 characters',
      'At most 63 bytes; accents and emoji take several each',
      'The key has more rules of its own, which it does not tell',
      'It cannot be recovered; eight wrong tries lock the key for good',
    ]);
    await person.expectAccessible();
    await person.setPin('12345');
    await expect(page.getByText('This is too short: use at least 6 characters.')).toBeVisible();
    await person.setPin('12345678901234567');
    await expect(page.getByText('This is too long: 16 characters and 63 bytes are the most.')).toBeVisible();
    await person.setPin('123456');
    await expect(page.getByText('The key refused this PIN. Choose another one.')).toBeVisible();
    await person.expectAccessible();
    await person.setPin(PIN);
    await expect(person.button('Create workspace')).toBeVisible();
  });

  test('one that must be changed is asked for, and then a new one', async ({ page, person, addKey }) => {
    const key = await addKey({ strict: 'mustChange' });
    await setPinOf(key, 'first horse');
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await person.enterPin('first horse');
    await expect(page.getByText(`“${key.name}” asks for a new PIN`)).toBeVisible();
    await person.expectAccessible();
    await person.setPin();
    await finishSetUp(person, 'Desk key');
    await person.click('Sign out');
    await signOnKey(person, 'Desk key', 'Sign in');
    await expect(person.heading('Credentials')).toBeVisible();
  });
});

test.describe('leaving before the end', () => {
  test('a passkey that stays on the key is told of, and the key can be registered again', async ({
    page,
    person,
    addKey,
  }) => {
    await addKey();
    await person.open();
    await person.setUp('Training key');
    await person.startWizard();
    await person.startOnKey('Desk key');
    await person.setPin();
    await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
    await person.click('Cancel');
    await expect(page.getByRole('alertdialog')).toContainText(
      'The security key keeps a passkey that nothing accepts.',
    );
    await person.expectAccessible();
    await person.click('Discard');
    await expect(page.getByRole('switch')).toHaveCount(1);
    await person.startWizard();
    await person.startOnKey('Desk key');
    await person.enterPin();
    await person.signWith('Training key', 'Sign and save');
    await expect(person.heading('“Desk key” is ready')).toBeVisible();
  });

  test('a reload while the key waits for a touch: it is told, and goes on', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey({ touch: 'stdin' });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await person.setPin();
    await key.waits('touch');
    await page.reload();
    await expect(page.getByText('the next one takes its place')).toBeVisible();
    await person.click('Register');
    await person.enterPin();
    await key.touch();
    await finishSetUp(person, 'Desk key');
  });

  test('every wait can be cancelled, and the name is kept', async ({ page, person, addKey }) => {
    const key = await addKey({ touch: 'stdin', out: true });
    const other = await addKey({ touch: 'stdin', out: true });
    await person.open();
    await person.fillWelcome();
    await person.startOnKey('Desk key');
    await expect(person.says(PLUG_IN)).toBeVisible();
    await cancelAndStartAgain();
    await key.plug();
    await other.plug();
    await expect(person.says('Touch the key you want to use')).toBeVisible();
    await cancelAndStartAgain();
    await expect(person.says('Touch the key you want to use')).toBeVisible();
    await other.unplug();
    await expect(person.button('Set PIN')).toBeVisible();
    await cancelAndStartAgain();
    await person.setPin();
    await key.waits('touch');
    await cancelAndStartAgain();
    await person.enterPin();
    await expect(person.says('Waiting for touch')).toBeVisible();
    await key.touch();
    await finishSetUp(person, 'Desk key');

    async function cancelAndStartAgain(): Promise<void> {
      await person.click('Cancel');
      await expect(page.getByText('Cancelled. Nothing was made, and the name is kept.')).toBeVisible();
      await expect(person.heading('Register “Desk key”')).toBeVisible();
      await person.click('Try again');
    }
  });
});

test.describe('in a window of 320 pixels', () => {
  test.use({ viewport: { width: 320, height: 800 }, forcedColors: 'active', reducedMotion: 'reduce' });

  test('everything is in sight and can be read, with forced colours too', async ({
    page,
    person,
    addKey,
  }) => {
    const key = await addKey({ persona: 'builtInUv', touch: 'stdin', out: true });
    const other = await addKey({ touch: 'stdin', out: true });
    await person.open();
    await person.fillWelcome();
    await fits();
    await person.startOnKey('Desk key');
    await expect(person.says(PLUG_IN)).toBeVisible();
    await fits();
    await key.plug();
    await other.plug();
    await expect(person.says('Touch the key you want to use')).toBeVisible();
    await fits();
    await key.touch();
    await expect(person.says('Use the fingerprint sensor of the key')).toBeVisible();
    await expect(page.getByText('Simulated, no hardware')).toBeVisible();
    await fits();
    await key.finger('ok');
    await person.click('Create workspace');
    await person.click('Go to credentials');
    await fits();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Preferred', { exact: true }).click();
    await expect(page.getByText('What this means')).toBeVisible();
    await fits();

    async function fits(): Promise<void> {
      await person.expectAccessible();
      const sideways = await page.evaluate(
        () =>
          [...document.querySelectorAll('html, [role=dialog] *, main, main *')].filter(
            (each) => each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX === 'auto',
          ).length,
      );
      expect(sideways).toBe(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    }
  });
});

/** Lets the window see a key that this machine does not have. */
async function pretend(page: Page, seen: SecurityKeysSeen): Promise<void> {
  const places: Place[] = [
    { kind: 'software', available: true, reason: null },
    { kind: 'securityKey', available: true, reason: null },
  ];
  await page.route('**/api/call', async (route) => {
    const body = route.request().postData() ?? '';
    if (body.includes('"securityKeys.watch"')) return route.fulfill({ json: { ok: true, value: seen } });
    if (body.includes('"authenticators.places"'))
      return route.fulfill({ json: { ok: true, value: { places } } });
    return route.continue();
  });
}

test('a key without permission: what gives access stands beside it, ready to be copied', async ({
  page,
  person,
}) => {
  const command = "sudo install -m 0644 '/opt/keywright/70-security-keys.rules' /etc/udev/rules.d/";
  const name = 'YubiKey 5C';
  await pretend(page, {
    devices: [{ id: 'usb-1', name, serial: '18204551', transport: 'usb', problem: 'noPermission' }],
    permissionCommand: command,
  });
  await person.open();
  await person.fillWelcome();
  await expect(
    page.getByRole('radio', { name: /YubiKey 5C · serial 18204551 ?No permission/ }),
  ).toBeEnabled();
  await expect(page.getByText('Keywright may not open “YubiKey 5C”')).toBeVisible();
  await expect(page.getByText(command)).toBeVisible();
  await expect(person.button('Copy the command')).toBeVisible();
  await person.expectAccessible();
  await person.click('Troubleshooting');
  await page.getByText('No permission', { exact: true }).last().click();
  await expect(page.getByRole('dialog', { name: 'Troubleshooting' }).getByText(command)).toBeVisible();
  await person.expectAccessible();
});
