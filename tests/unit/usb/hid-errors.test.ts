import { describe, expect, it } from 'vitest';
import { codeOfErrno, fromHidError } from '../../../main/authenticators/usb/hid-errors.ts';

describe('what the HID library says', () => {
  it.each([
    [
      "cannot open device with path /dev/hidraw0: Failed to open a device with path '/dev/hidraw0': Permission denied",
      'authenticator.no_permission',
    ],
    ['hid_open_path: CreateFileW: (0x00000005) Access is denied.', 'authenticator.no_permission'],
    [
      'hid_open_path: failed to open IOHIDDevice from mach entry: (0xE00002E2) not permitted',
      'authenticator.no_permission',
    ],
    ['hid_open_path: CreateFileW: (0x00000020) The process cannot access the file', 'authenticator.busy'],
    [
      'failed to open IOHIDDevice from mach entry: (0xE00002C5) exclusive access and device already open',
      'authenticator.busy',
    ],
    ['Cannot write to hid device: No such device', 'authenticator.removed'],
    [
      'could not read from HID device: hid_read_timeout: unexpected poll error (device disconnected)',
      'authenticator.removed',
    ],
    ['device has been closed', 'authenticator.removed'],
    ['something that nobody has seen before', 'authenticator.no_answer'],
  ])('"%s" means %s', (sentence, code) => {
    const cause = new Error(sentence);
    expect(fromHidError(cause, 'authenticator.no_answer')).toMatchObject({ code, cause });
    expect(fromHidError(sentence, 'authenticator.no_answer')).toMatchObject({ code });
  });
});

describe('an error code of the system', () => {
  it.each([
    ['EACCES', 'authenticator.no_permission'],
    ['EPERM', 'authenticator.no_permission'],
    ['EBUSY', 'authenticator.busy'],
    ['ENODEV', 'authenticator.removed'],
    ['EISDIR', null],
  ])('%s means %s', (errno, code) => {
    expect(codeOfErrno(Object.assign(new Error('failed'), { code: errno }))).toBe(code);
  });

  it('is none where there is none', () => {
    expect(codeOfErrno(new Error('failed'))).toBeNull();
    expect(codeOfErrno('failed')).toBeNull();
  });
});
