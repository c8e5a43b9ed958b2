import { KeywrightError } from '../../../shared/errors/index.ts';

const OLDEST = 22;

/**
 * Refuses a Node that is too old. Call it before anything native is loaded: on Node 20 that would end the
 * process with a segmentation fault.
 * @throws KeywrightError `internal` with the sentence to show
 */
export function requireNode(version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) >= OLDEST) return;
  throw new KeywrightError('internal', {
    message: `Keywright runs on Node ${OLDEST} or newer; this is Node ${version}. npm start brings the right one.`,
  });
}
