import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import type { App } from './app.ts';

export const PIN = 'correct horse';

/** Someone in front of the window: reads headings and labels, types, clicks. */
export class Person {
  readonly page: Page;
  readonly app: App;

  constructor(page: Page, app: App) {
    this.page = page;
    this.app = app;
  }

  async open(options: { clock?: boolean } = {}): Promise<void> {
    await this.page.goto(await this.app.start(options));
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  async click(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }

  /** The first screen of a new workspace. */
  async fillWelcome(): Promise<void> {
    await this.page.getByLabel('Your name').fill('Sample Person');
    await this.page.getByLabel('Workspace name').fill('North Lab');
    await this.click('Create your first passkey');
  }

  async choosePlace(
    place: 'Software security key' | 'USB security key' = 'Software security key',
  ): Promise<void> {
    await expect(this.heading('Where should the passkey live?')).toBeVisible();
    await this.page.getByRole('radio', { name: new RegExp(`^${place}`) }).check({ force: true });
    await this.click('Continue');
  }

  async giveName(name: string): Promise<void> {
    await expect(this.heading('Name it')).toBeVisible();
    await this.page.getByRole('textbox', { name: 'Name of the credential' }).fill(name);
    await this.click('Continue');
  }

  async setPin(pin = PIN): Promise<void> {
    await this.page.getByLabel('PIN', { exact: true }).fill(pin);
    await this.page.getByLabel('Repeat PIN').fill(pin);
    await this.click('Set PIN');
  }

  async enterPin(pin = PIN): Promise<void> {
    await this.page.getByLabel('PIN', { exact: true }).fill(pin);
    await this.click('Unlock');
  }

  async touch(): Promise<void> {
    await this.click('Touch');
  }

  /** Steps 1 and 2 for a security key, to where the ceremony begins. */
  async startOnKey(name: string): Promise<void> {
    await this.choosePlace('USB security key');
    await this.giveName(name);
  }

  /** What the live panel says now. */
  says(words: string | RegExp): Locator {
    return this.page.getByRole('region', { name: 'Authenticator' }).getByText(words);
  }

  /** Steps 1 to 3. */
  async makePasskey(name: string): Promise<void> {
    await this.choosePlace();
    await this.giveName(name);
    await this.setPin();
    await this.touch();
  }

  /** From an empty data folder to the list with one credential. */
  async setUp(name = 'Training key'): Promise<void> {
    await this.fillWelcome();
    await this.makePasskey(name);
    await this.click('Create workspace');
    await expect(this.heading(`“${name}” is ready`)).toBeVisible();
    await this.click('Go to credentials');
    await expect(this.heading('Credentials')).toBeVisible();
  }

  async startWizard(): Promise<void> {
    await this.click('Create credential');
  }

  /** Step 4 with a credential that exists. */
  async signWith(signer: string, submit: string, pin = PIN): Promise<void> {
    await this.page.getByRole('radio', { name: new RegExp(`^${signer}`) }).check({ force: true });
    await this.click(submit);
    await this.enterPin(pin);
    await this.touch();
  }

  /** A further credential, from the list to the list. */
  async addCredential(name: string, signer = 'Training key'): Promise<void> {
    await this.startWizard();
    await this.makePasskey(name);
    await expect(this.heading('Sign with a passkey you already have')).toBeVisible();
    await this.signWith(signer, 'Sign and save');
    await expect(this.heading(`“${name}” is ready`)).toBeVisible();
    await this.click('Go to credentials');
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ hasText: name });
  }

  switchOf(name: string): Locator {
    return this.page.getByRole('switch', { name: `${name} active` });
  }

  async signIn(credential: string, pin = PIN): Promise<void> {
    await this.page.getByRole('radio', { name: new RegExp(`^${credential}`) }).check({ force: true });
    await this.click('Sign in');
    await this.enterPin(pin);
    await this.touch();
  }

  /** No rule of WCAG 2.2 A and AA that axe can check is broken on the screen as it is now. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect(found).toEqual([]);
  }
}
