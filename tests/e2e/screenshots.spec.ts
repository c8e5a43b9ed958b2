import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test } from './support/app.ts';
import { PIN } from './support/person.ts';
import { setPinOf } from './support/set-pin.ts';

const SIZE = { width: 1120, height: 700 };
// Pictures of the README are only replaced on request: every run would make slightly other bytes.
const target =
  process.env.KEYWRIGHT_SCREENSHOTS === undefined
    ? mkdtempSync(join(tmpdir(), 'keywright-screenshots-'))
    : fileURLToPath(new URL('../../assets/screenshots', import.meta.url));

test.use({ viewport: SIZE, timezoneId: 'UTC', locale: 'en-GB', reducedMotion: 'reduce' });

type Picture = { caption: string; data: Buffer };

/** Lays pictures side by side, `columns` in a row, with a caption each, and takes a picture of that. */
async function strip(
  page: Page,
  file: string,
  pictures: readonly Picture[],
  { width, columns }: { width: number; columns: number },
): Promise<void> {
  const figures = pictures.map(
    ({ caption, data }) =>
      `<figure><img src="data:image/png;base64,${data.toString('base64')}"><figcaption>${caption}</figcaption></figure>`,
  );
  await page.setViewportSize({ width: (width + 20) * columns + 20, height: 400 });
  await page.setContent(
    `<!doctype html><style>body{margin:0;padding:20px;display:grid;grid-template-columns:repeat(${columns},${width}px);gap:20px;background:#e9ecf1;font:600 15px system-ui,sans-serif;color:#333a45}
     figure{margin:0}img{width:${width}px;display:block;border-radius:10px;box-shadow:0 1px 3px rgb(0 0 0/.25)}figcaption{padding:10px 2px 0;text-align:center}</style>${figures.join('')}`,
  );
  await page.locator('body').screenshot({ path: join(target, file) });
}

test('pictures for the README: the five steps, and the main screens in light and dark', async ({
  page,
  person,
}) => {
  test.slow();
  mkdirSync(target, { recursive: true });
  const steps: Picture[] = [];
  const shoot = async (caption: string) => {
    await page.mouse.move(0, 0);
    steps.push({ caption, data: await page.getByRole('dialog').screenshot() });
  };
  await person.open();
  await person.setUp('Training key');
  for (const name of ['Software key (Work)', 'Software key (Home)']) await person.addCredential(name);

  await person.startWizard();
  await expect(person.heading('Where should the passkey live?')).toBeVisible();
  await shoot('1 Create');
  await person.choosePlace();
  await page.getByRole('textbox', { name: 'Name of the credential' }).fill('Spare key');
  await shoot('2 Name');
  await person.click('Continue');
  await person.setPin();
  await expect(person.button('Touch')).toBeVisible();
  await shoot('3 Register');
  await person.touch();
  await expect(page.getByText('Create credential “Spare key”')).toBeVisible();
  await shoot('4 Sign');
  await person.signWith('Training key', 'Sign and save');
  await expect(person.heading('“Spare key” is ready')).toBeVisible();
  await shoot('5 Confirm');
  await person.click('Go to credentials');
  await person.switchOf('Software key (Home)').click({ force: true });
  await person.signWith('Training key', 'Sign and switch off');
  await expect(person.switchOf('Software key (Home)')).not.toBeChecked();

  const pair = async (): Promise<Picture[]> => {
    const both = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      both.push({ caption: colorScheme === 'light' ? 'Light' : 'Dark', data: await page.screenshot() });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    return both;
  };
  await page.mouse.move(0, 0);
  await expect(page.getByText('is switched off.')).toBeHidden({ timeout: 15_000 });
  const credentials = await pair();
  await person.click('Details of Training key');
  await expect(page.getByText('Signature counter')).toBeVisible();
  const details = await pair();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Preferred', { exact: true }).click();
  await expect(page.getByText('What this means')).toBeVisible();
  const verification = await pair();
  await page.keyboard.press('Escape');
  await person.click('Sign out');
  await expect(person.heading('Sign in')).toBeVisible();
  const signIn = await pair();

  const blank = await page.context().newPage();
  await strip(blank, 'five-steps.png', steps, { width: 560, columns: 3 });
  await strip(blank, 'credentials.png', credentials, { width: 820, columns: 2 });
  await strip(blank, 'details.png', details, { width: 820, columns: 2 });
  await strip(blank, 'sign-in.png', signIn, { width: 820, columns: 2 });
  await strip(blank, 'user-verification.png', verification, { width: 820, columns: 2 });
  const files = ['five-steps.png', 'credentials.png', 'details.png', 'sign-in.png', 'user-verification.png'];
  for (const file of files) {
    expect(readFileSync(join(target, file)).length).toBeGreaterThan(20_000);
  }
});

test('pictures for the README: what a USB security key is asked for, in light and dark', async ({
  page,
  person,
  addKey,
}) => {
  test.slow();
  mkdirSync(target, { recursive: true });
  const shots = { light: [] as Picture[], dark: [] as Picture[] };
  const shoot = async (caption: string) => {
    await page.mouse.move(0, 0);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      shots[colorScheme].push({ caption, data: await page.getByRole('dialog').screenshot() });
    }
  };
  const key = await addKey({ touch: 'stdin', persona: 'builtInUv' });
  const other = await addKey({ touch: 'stdin', persona: 'builtInUv', out: true });
  await setPinOf(key, PIN);
  await person.open();
  await person.setUp('Training key');
  await person.startWizard();
  await expect(page.getByRole('radio', { name: new RegExp(key.name) })).toBeEnabled();
  await page.getByRole('radio', { name: /^USB security key/ }).check({ force: true });
  await shoot('Plugged in, or not yet');
  await person.click('Continue');
  await key.unplug();
  await expect(person.button('Simulated key')).toBeHidden();
  await person.giveName('Desk key');
  await expect(person.says('Plug in your security key')).toBeVisible();
  await shoot('Not plugged in: it waits');
  await key.plug();
  await expect(person.says('Use the fingerprint sensor of the key')).toBeVisible();
  await shoot('A fingerprint');
  await person.click('Use the PIN instead');
  await expect(person.button('Unlock')).toBeVisible();
  await shoot('Or the PIN');
  await person.enterPin();
  await key.waits('touch');
  await expect(person.says('Waiting for touch')).toBeVisible();
  await shoot('A touch');
  await person.click('Cancel');
  await other.plug();
  await person.click('Try again');
  await expect(person.says('Touch the key you want to use')).toBeVisible();
  await shoot('Several keys: a touch chooses');

  const blank = await page.context().newPage();
  for (const theme of ['light', 'dark'] as const) {
    const file = `security-keys-${theme}.png`;
    await strip(blank, file, shots[theme], { width: 560, columns: 3 });
    expect(readFileSync(join(target, file)).length).toBeGreaterThan(20_000);
  }
});
