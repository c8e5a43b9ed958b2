// Lets Node take the guest's files as they are: they are named .ts, and have lost their types when they were packed.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    return { format: 'module', shortCircuit: true, source: readFileSync(fileURLToPath(url)) };
  },
});
