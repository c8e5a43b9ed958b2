import { beforeAll, describe } from 'vitest';
import { absent, begin } from './firmware.ts';
import { wholeCore } from './firmware-core.ts';
import { credentials } from './firmware-credentials.ts';
import { end } from './firmware-end.ts';
import { extensions } from './firmware-extensions.ts';
import { credentialManagement } from './firmware-management.ts';
import { pin } from './firmware-pin.ts';
import { transport } from './firmware-transport.ts';
import { u2f } from './firmware-u2f.ts';

// There is one simulator, and one program at a time has it: the tests run one after the other, and what one set
// up the next finds.
describe.skipIf(absent)('firmware over UDP (skipped without KEYWRIGHT_CTAP_UDP)', { timeout: 60_000 }, () => {
  beforeAll(begin, 60_000);
  transport();
  pin();
  credentials();
  extensions();
  credentialManagement();
  u2f();
  end();
  wholeCore();
});
