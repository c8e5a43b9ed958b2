import { expect, test } from './support/app.ts';

test('first run: a workspace with its first credential, without leaving the keyboard', async ({
  page,
  person,
}) => {
  await person.open();
  await expect(person.heading('Welcome to Keywright')).toBeVisible();
  await person.expectAccessible();
  await page.getByLabel('Your name').focus();
  await page.keyboard.type('Sample Person');
  await page.keyboard.press('Tab');
  await page.keyboard.type('North Lab');
  await page.keyboard.press('Enter');
  await expect(person.heading('Where should the passkey live?')).toBeVisible();
  await person.expectAccessible();
  await person.button('Continue').focus();
  await page.keyboard.press('Enter');
  await expect(person.heading('Name it')).toBeVisible();
  await person.expectAccessible();
  await page.getByRole('textbox', { name: 'Name of the credential' }).focus();
  await page.keyboard.type('Keyboard key');
  await page.keyboard.press('Enter');
  await page.getByLabel('PIN', { exact: true }).focus();
  await person.expectAccessible();
  await page.keyboard.type('correct horse');
  await page.getByLabel('Repeat PIN').focus();
  await page.keyboard.type('correct horse');
  await page.keyboard.press('Enter');
  await expect(person.button('Touch')).toBeVisible();
  await person.expectAccessible();
  await person.button('Touch').focus();
  await page.keyboard.press('Enter');
  await expect(person.button('Create workspace')).toBeVisible();
  await person.expectAccessible();
  await person.button('Create workspace').focus();
  await page.keyboard.press('Enter');
  await expect(person.heading('“Keyboard key” is ready')).toBeVisible();
  await person.expectAccessible();
  await person.button('Go to credentials').focus();
  await page.keyboard.press('Enter');
  await expect(person.row('Keyboard key')).toContainText('Software security key');
});

test('the whole job: add, see, switch off and on, sign out and in, restart', async ({
  page,
  person,
  app,
}) => {
  test.slow();
  await person.open();
  await person.setUp('Training key');
  await expect(person.switchOf('Training key')).toBeDisabled();
  await person.expectAccessible();

  await person.startWizard();
  await person.makePasskey('Backup key');
  await expect(page.getByText('Create credential “Backup key”')).toBeVisible();
  await expect(page.getByRole('radio', { name: /The new passkey cannot sign for itself/ })).toBeDisabled();
  await person.expectAccessible();
  await person.signWith('Training key', 'Sign and save');
  await expect(person.heading('“Backup key” is ready')).toBeVisible();
  await person.click('Go to credentials');
  await expect(person.row('Backup key')).toContainText('Active');
  await expect(person.switchOf('Training key')).toBeEnabled();

  await person.switchOf('Backup key').click({ force: true });
  await expect(person.heading('Switch off “Backup key”')).toBeVisible();
  await expect(page.getByText('Switch off credential “Backup key”')).toBeVisible();
  await expect(page.getByRole('radio', { name: /^Training key/ })).toBeChecked();
  await person.expectAccessible();
  await person.signWith('Training key', 'Sign and switch off');
  await expect(person.switchOf('Backup key')).not.toBeChecked();
  await expect(person.row('Backup key')).toContainText('Inactive');
  await expect(person.switchOf('Training key')).toBeDisabled();

  await person.switchOf('Backup key').click({ force: true });
  await person.signWith('Training key', 'Sign and switch on');
  await expect(person.switchOf('Backup key')).toBeChecked();

  await person.click('Sign out');
  await expect(person.heading('Sign in')).toBeVisible();
  await person.expectAccessible();
  await person.signIn('Backup key');
  await expect(person.heading('Credentials')).toBeVisible();

  await app.stop();
  await expect(person.heading('Keywright does not answer')).toBeVisible();
  await person.open();
  await expect(person.heading('Sign in')).toBeVisible();
  await person.signIn('Training key');
  await expect(person.row('Training key')).toBeVisible();
  await expect(person.row('Backup key')).toBeVisible();
});

test('rename, details with history, search and filter', async ({ page, person }) => {
  await person.open();
  await person.setUp('Training key');
  await person.addCredential('Backup key');

  await person.click('Rename Backup key');
  await page.getByRole('textbox', { name: 'New name' }).fill('training KEY');
  await person.click('Continue');
  await expect(page.getByText('You already have a credential with this name.')).toBeVisible();
  await page.getByRole('textbox', { name: 'New name' }).fill('Spare key');
  await person.click('Continue');
  await expect(page.getByText('Rename credential “Backup key” to “Spare key”')).toBeVisible();
  await person.signWith('Training key', 'Sign and rename');
  await expect(person.row('Spare key')).toBeVisible();

  await person.click('Details of Spare key');
  await expect(page.getByText('Renamed from “Backup key” to “Spare key”')).toBeVisible();
  await expect(page.getByText('Bound to one device: it cannot be copied or synced')).toBeVisible();
  await person.expectAccessible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('Renamed from “Backup key” to “Spare key”')).toBeHidden();

  await page.keyboard.press('/');
  await page.keyboard.type('spare');
  await expect(person.row('Training key')).toBeHidden();
  await expect(person.row('Spare key')).toBeVisible();
  await page.getByRole('searchbox').fill('no such thing');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await person.expectAccessible();
  await person.click('Show all');
  await expect(person.row('Training key')).toBeVisible();
});

test('settings say where the data is', async ({ page, person, app }) => {
  await person.open();
  await person.setUp();
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText(app.folder)).toBeVisible();
  await expect(page.getByText('North Lab').first()).toBeVisible();
  await person.expectAccessible();
});
