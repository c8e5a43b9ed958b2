import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const fromHere = (path: string) => resolve(import.meta.dirname, path);

/**
 * The window's page: plain files, no inline script or style, no eval, so that hosts can serve them under a
 * strict Content-Security-Policy. Relative addresses: the page is the same on every host.
 */
export default defineConfig({
  root: fromHere('../../renderer/'),
  base: './',
  plugins: [react()],
  build: {
    outDir: fromHere('../../dist/renderer/'),
    emptyOutDir: true,
    // light-dark() and container queries stay as they are: every host's browser knows them.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    cssTarget: ['chrome125', 'firefox128', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
});
