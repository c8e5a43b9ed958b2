import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../../renderer/ui/tokens.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function color(name: string, theme: 'light' | 'dark'): string {
  const token = tokens.get(name);
  if (token === undefined) throw new Error(`No colour token --${name}`);
  return token[theme];
}

const grounds = ['bg', 'surface', 'raised', 'sunken', 'hover'];

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const text = [
    ...['text', 'muted', 'faint', 'accent', 'bad'].flatMap((ink) => grounds.map((on) => [ink, on])),
    ...['ok', 'warn', 'bad', 'accent'].map((ink) => [ink, `${ink}-soft`]),
    ['text', 'bad-soft'],
    ['text', 'warn-soft'],
    ['on-accent', 'accent'],
    ['on-accent', 'accent-strong'],
    ['text', 'line-strong'],
    ['bg', 'text'],
  ] as [string, string][];

  const failing = (pairs: [string, string][], least: number) =>
    pairs.filter(([ink, on]) => contrast(color(ink, theme), color(on, theme)) < least);

  test('text has 4.5:1 on what it stands on', () => {
    expect(failing(text, 4.5)).toEqual([]);
  });

  test('edges of controls have 3:1', () => {
    const edges = ['control', 'accent'].flatMap((edge) => grounds.map((on) => [edge, on]));
    expect(failing(edges as [string, string][], 3)).toEqual([]);
  });
});
