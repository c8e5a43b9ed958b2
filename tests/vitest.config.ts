import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: resolve(import.meta.dirname, '..'),
  test: {
    include: ['tests/{unit,integration,peers}/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A machine may be busy: what must come is waited for, and how long it took is nobody's proof.
    expect: { poll: { timeout: 15_000 } },
  },
});
