import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './support/app.ts';
import { PIN } from './support/person.ts';

test('names that cannot be used: the error is at the field, and nothing typed is lost', async ({
  page,
  person,
}) => {
  await person.open();
  await person.setUp('Training key');
  await person.startWizard();
  await person.choosePlace();
  const field = page.getByRole('textbox', { name: 'Name of the credential' });
  for (const [name, problem] of [
    ['   ', 'Enter a name with at least one visible character.'],
    ['x'.repeat(65), 'This is longer than 64 characters.'],
    ['evil \u202egnp', 'This holds a character that changes the reading direction.'],
    ['TRAINING key', 'You already have a credential with this name.'],
  ] as const) {
    await field.fill(name);
    await page.keyboard.press('Enter');
    await expect(page.getByText(problem)).toBeVisible();
    await expect(field).toHaveValue(name);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
  }
  await person.expectAccessible();
  await field.fill('Fine');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('PIN', { exact: true })).toBeVisible();
});

test('a wrong PIN three times: tries are counted, the key waits, reconnecting helps', async ({
  page,
  person,
  app,
}) => {
  await person.open();
  await person.setUp('Training key');
  await app.stop();
  await person.open();
  await person.page.getByRole('radio', { name: /^Training key/ }).check({ force: true });
  await person.click('Sign in');
  await person.enterPin('wrong one');
  await expect(page.getByText('That PIN was wrong.')).toBeVisible();
  await expect(page.getByText('7 tries left.')).toBeVisible();
  await person.expectAccessible();
  await person.enterPin('wrong two');
  await expect(page.getByText('6 tries left.')).toBeVisible();
  await person.enterPin('wrong three');
  await expect(page.getByRole('alert').filter({ hasText: 'Three wrong PINs in a row' })).toBeVisible();
  await person.expectAccessible();
  await person.click('Reconnect the software key');
  await person.enterPin(PIN);
  await person.touch();
  await expect(person.heading('Credentials')).toBeVisible();
});

test('PINs that do not meet the rules are refused before they are sent', async ({ page, person }) => {
  await person.open();
  await person.fillWelcome();
  await person.choosePlace();
  await person.giveName('Training key');
  await expect(page.getByText(/At least 6 characters/)).toBeVisible();
  await person.setPin('12345');
  await expect(page.getByText(/This is too short/)).toBeVisible();
  await page.getByLabel('PIN', { exact: true }).fill('123456');
  await page.getByLabel('Repeat PIN').fill('123457');
  await person.click('Set PIN');
  await expect(page.getByText('The two do not match.')).toBeVisible();
  await person.setPin('é'.repeat(40));
  await expect(page.getByText(/This is too long/)).toBeVisible();
});

test('a request changed on its way by one letter is refused, and nothing is stored', async ({
  page,
  person,
}) => {
  await person.open();
  await person.setUp('Training key');
  await page.route('**/api/call', async (route) => {
    const body = route.request().postData() ?? '';
    if (!body.includes('"actions.commit"')) return route.continue();
    return route.continue({ postData: body.replace('Honest key', 'Honesty key') });
  });
  await person.startWizard();
  await person.makePasskey('Honest key');
  await person.signWith('Training key', 'Sign and save');
  await expect(
    page.getByRole('alert').filter({ hasText: 'The request differs from what was signed' }),
  ).toBeVisible();
  await person.expectAccessible();
  await page.unroute('**/api/call');
  await page.goto(page.url().split('#')[0] ?? '');
  await expect(person.row('Training key')).toBeVisible();
  await expect(page.getByRole('switch')).toHaveCount(1);
});

test('an expired challenge says so and is renewed with one click', async ({ page, person, app }) => {
  await person.open({ clock: true });
  await person.setUp('Training key');
  await person.startWizard();
  await person.makePasskey('Late key');
  await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
  await app.advance(6 * 60_000);
  await page.getByRole('radio', { name: /^Training key/ }).check({ force: true });
  await person.click('Sign and save');
  await expect(page.getByText('This request has expired').first()).toBeVisible();
  await person.expectAccessible();
  await person.click('Make a new request');
  await person.signWith('Training key', 'Sign and save');
  await expect(person.heading('“Late key” is ready')).toBeVisible();
});

test('a second copy of the app says who holds the folder, and the first goes on', async ({ person, app }) => {
  await person.open();
  await person.setUp('Training key');
  const second = await app.startSecondCopy();
  expect(second.text).toMatch(
    /Keywright is already open on this data folder: Keywright in a browser, process \d+/,
  );
  expect(second.code).not.toBe(0);
  await person.addCredential('Backup key');
  await expect(person.row('Backup key')).toBeVisible();
});

const keyFiles = (folder: string) => {
  const keys = join(folder, 'software-keys');
  return existsSync(keys) ? readdirSync(keys).length : 0;
};

const STEPS = ['create', 'name', 'register: PIN', 'register: touch', 'sign'] as const;

for (const [reached, step] of STEPS.entries()) {
  test(`cancel in step ${step}: nothing is left`, async ({ page, person, app }) => {
    await person.open();
    await person.setUp('Training key');
    await goTo(reached);
    await person.click('Cancel');
    if (step.startsWith('register')) {
      // A cancelled operation keeps the name; leaving the wizard is a second step.
      await expect(page.getByText('Cancelled. Nothing was made, and the name is kept.')).toBeVisible();
      await person.click('Cancel');
    }
    if (reached >= 2) await person.click('Discard');
    const list = person.button('Create credential');
    await expect(list).toBeVisible();
    await expect(page.getByRole('switch')).toHaveCount(1);
    await expect.poll(() => keyFiles(app.folder)).toBe(1);

    async function goTo(count: number): Promise<void> {
      await person.startWizard();
      if (count >= 1) await person.choosePlace();
      if (count >= 2) await person.giveName('Unwanted');
      if (count >= 3) await person.setPin();
      if (count >= 4) await person.touch();
      if (count >= 4) await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
      if (count === 3) await expect(person.button('Touch')).toBeVisible();
    }
  });

  test(`reload in step ${step}: the wizard goes on where it was`, async ({ page, person }) => {
    await person.open();
    await person.setUp('Training key');
    await person.startWizard();
    if (reached >= 1) await person.choosePlace();
    if (reached === 1) await page.getByRole('textbox', { name: 'Name of the credential' }).fill('Reloaded');
    if (reached >= 2) await person.giveName('Reloaded');
    if (reached >= 3) await person.setPin();
    if (reached === 3) await expect(person.button('Touch')).toBeVisible();
    if (reached >= 4) await person.touch();
    if (reached >= 4) await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
    await page.reload();
    if (reached === 0) await person.choosePlace();
    if (reached === 0) await person.giveName('Reloaded');
    if (reached === 1) {
      await expect(page.getByRole('textbox', { name: 'Name of the credential' })).toHaveValue('Reloaded');
      await person.click('Continue');
    }
    if (reached === 2 || reached === 3) await person.click('Register');
    if (reached < 3) await person.setPin();
    if (reached === 3) await person.enterPin();
    if (reached < 4) await person.touch();
    await person.signWith('Training key', 'Sign and save');
    await expect(person.heading('“Reloaded” is ready')).toBeVisible();
    await page.reload();
    await expect(person.heading('“Reloaded” is ready')).toBeVisible();
  });
}

test('a crash between register and sign leaves nothing in the list', async ({ page, person, app }) => {
  await person.open();
  await person.setUp('Training key');
  await person.startWizard();
  await person.makePasskey('Half made');
  await expect(person.heading('Sign with a passkey you already have')).toBeVisible();
  await app.stop('SIGKILL');
  await person.open();
  await person.signIn('Training key');
  await expect(page.getByRole('switch')).toHaveCount(1);
  expect(keyFiles(app.folder)).toBe(1);
});

test('help for a prompt that does not appear', async ({ page, person }) => {
  await person.open();
  await person.fillWelcome();
  await person.choosePlace();
  await person.giveName('Training key');
  await person.setPin();
  await person.click('The prompt does not appear');
  await expect(page.getByRole('dialog')).toContainText('The prompt did not appear');
  await person.expectAccessible();
  await page.keyboard.press('Escape');
  await person.touch();
  await expect(person.button('Create workspace')).toBeVisible();
});

test('a page that the browser opens without the launch link gets nothing', async ({ page, app }) => {
  const { origin } = new URL(await app.start());
  const answer = await page.goto(origin);
  expect(answer?.status()).toBe(401);
  await expect(page.locator('body')).toContainText('Open Keywright with the address that it printed');
});
