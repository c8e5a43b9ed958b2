import { expect, test } from 'vitest';
import { capitalized, fileSize, relativeTime, timeLeft } from '../../../renderer/ui/format.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test('time left is m:ss, rounded up and never below zero', () => {
  expect(timeLeft(30_000, 0)).toBe('0:30');
  expect(timeLeft(30_000, 1)).toBe('0:30');
  expect(timeLeft(300_000, 0)).toBe('5:00');
  expect(timeLeft(5_000, 0)).toBe('0:05');
  expect(timeLeft(0, 9_000)).toBe('0:00');
});

test.each([
  [0, null],
  [59_999, null],
  [-5 * MINUTE, null],
  [MINUTE, '1 minute ago'],
  [4 * MINUTE + 59_000, '4 minutes ago'],
  [HOUR, '1 hour ago'],
  [DAY, 'yesterday'],
  [2 * DAY, '2 days ago'],
  [40 * DAY, 'last month'],
  [800 * DAY, '2 years ago'],
])('%d ms ago: %s', (ago, words) => {
  expect(relativeTime(1_790_000_000_000 - ago, 1_790_000_000_000, 'en')).toBe(words);
});

test('file sizes are in decimal units', () => {
  expect(fileSize(0, 'en')).toBe('0 bytes');
  expect(fileSize(999, 'en')).toBe('999 bytes');
  expect(fileSize(184_320, 'en')).toBe('184.3 kB');
  expect(fileSize(2_000_000_000_000, 'en')).toBe('2,000 GB');
});

test('a text on its own begins with a capital of its language', () => {
  expect(capitalized('just now', 'en')).toBe('Just now');
  expect(capitalized('4 minutes ago', 'en')).toBe('4 minutes ago');
  expect(capitalized('iki gün önce', 'tr')).toBe('İki gün önce');
});
