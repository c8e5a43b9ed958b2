import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { findChromium } from '../scripts/setup/system-packages.mjs';

const chromium = findChromium(process.env, process.platform, existsSync);
if (chromium === undefined) {
  throw new Error('No Chromium was found. Install it, or name one with KEYWRIGHT_CHROMIUM.');
}
// Chromium refuses to start for root with its sandbox.
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: './e2e',
  outputDir: '../test-results/e2e',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  use: {
    trace: 'retain-on-failure',
    launchOptions: { executablePath: chromium, args: asRoot ? ['--no-sandbox'] : [] },
  },
});
