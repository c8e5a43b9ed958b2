import { describe, expect, test } from 'vitest';
import { TOPICS, topicOf } from '../../../renderer/features/troubleshooting/topics.ts';
import { en } from '../../../renderer/i18n/en.ts';
import { errorWords } from '../../../renderer/i18n/error-text.ts';
import { i18n } from '../../../renderer/i18n/index.ts';
import { nameProblemOf } from '../../../renderer/ui/name-problem.ts';
import { marked, splitNames } from '../../../renderer/ui/named.tsx';
import { ERROR_CATALOGUE, type ErrorCode, KeywrightError } from '../../../shared/errors/index.ts';

const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('the words of an error', () => {
  test('are a sentence and a next step for every code', () => {
    for (const code of codes) {
      expect(errorWords(new KeywrightError(code).toBody()), code).toEqual(ERROR_CATALOGUE[code]);
    }
  });

  test('a more exact sentence of the core wins over the catalogue', () => {
    const body = new KeywrightError('store.locked', { message: 'Open in process 42.' }).toBody();
    expect(errorWords(body)).toEqual({
      message: 'Open in process 42.',
      hint: ERROR_CATALOGUE['store.locked'].hint,
    });
  });

  test('a code that this window does not know keeps the words that came with it', () => {
    const body = { code: 'later.code' as ErrorCode, message: 'New.', hint: 'Do this.' };
    expect(errorWords(body)).toEqual({ message: 'New.', hint: 'Do this.' });
  });
});

test('every way to troubleshooting leads to a topic with a cause and steps', () => {
  const reached = new Set(codes.map(topicOf).filter((topic) => topic !== null));
  for (const topic of TOPICS) {
    expect(reached).toContain(topic);
    expect(en.help.topic[topic].cause).not.toBe('');
    expect(en.help.topic[topic].steps.length).toBeGreaterThanOrEqual(2);
  }
});

/** Every text of a catalogue with its path; without the errors, which the core's catalogue holds. */
function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null || path === 'errors') return [];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path ? `${path}.${key}` : key));
}

describe('the catalogue', () => {
  const texts = leaves(en, '');

  test('has both forms of every plural', () => {
    const paths = new Set(texts.map(([path]) => path));
    for (const path of paths) {
      if (path.endsWith('_one')) expect(paths).toContain(path.replace(/_one$/, '_other'));
      if (path.endsWith('_other')) expect(paths).toContain(path.replace(/_other$/, '_one'));
    }
  });

  test('has no empty or unfinished text', () => {
    expect(texts.filter(([, text]) => text.trim() === '' || / {2}|\.\.\.|TODO/.test(text))).toEqual([]);
  });

  test('counts with the right form', () => {
    expect(i18n.t('credentials.found', { count: 1 })).toBe('1 credential');
    expect(i18n.t('credentials.found', { count: 10_000 })).toBe('10,000 credentials');
    expect(i18n.t('pin.triesLeft', { count: 1 })).toContain('Only 1 try left');
  });
});

test('errors of the core about a name are shown at the field', () => {
  const body = (code: ErrorCode, details: Record<string, string>) =>
    new KeywrightError(code, { details }).toBody();
  expect(nameProblemOf(body('input.name_taken', { field: 'name' }))).toBe('taken');
  expect(nameProblemOf(body('input.name_invalid', { field: 'name', problem: 'tooLong' }))).toBe('tooLong');
  expect(nameProblemOf(body('store.disk_full', {}))).toBeNull();
});

test('names in a sentence are told apart from it, whatever they read like', () => {
  for (const name of ['Spare key', 'מפתח', 'مفتاح 2', '“”', 'a\u0301']) {
    const text = i18n.t('sign.words.rename', { from: marked(name), to: marked('Other') });
    expect(splitNames(text)).toEqual(['Rename credential “', name, '” to “', 'Other', '”']);
  }
  expect(splitNames('No name')).toEqual(['No name']);
});
