// Runs the command line from a clone: builds what it needs, then `keywright` itself with the same arguments.
import { build } from './build/build.ts';

const needsPage = process.argv[2] === 'web';
await build({ all: false, ...(needsPage ? {} : { only: ['main'] }) });
await import('../dist/main/cli.js');
