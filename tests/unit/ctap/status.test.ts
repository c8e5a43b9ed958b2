import { describe, expect, it } from 'vitest';
import { CtapError, codeOfStatus, STATUS } from '../../../main/ctap/index.ts';

describe('CTAP status codes', () => {
  const failures = Object.entries(STATUS).filter(([name]) => name !== 'SUCCESS');

  it('map one to one to error codes', () => {
    const codes = failures.map(([, status]) => codeOfStatus(status));
    expect(codes).not.toContain('authenticator.unknown_status');
    expect(new Set(codes).size).toBe(failures.length);
  });

  it.each(failures)('%s has a sentence and a next step', (_name, status) => {
    const error = new CtapError(status);
    expect(error.message).toMatch(/^[A-Z].+\.$/);
    expect(error.hint).toMatch(/^[A-Z].+\.$/);
    expect(error.details).toEqual({ status });
  });

  it('keeps a status that nobody has named', () => {
    expect(new CtapError(0xf3)).toMatchObject({ code: 'authenticator.unknown_status', status: 0xf3 });
  });
});
