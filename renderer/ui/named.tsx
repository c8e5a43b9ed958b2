import { Fragment } from 'react';

// Isolates (UAX #9), which no name can hold itself.
const START = '\u2068';
const END = '\u2069';

/** Marks a name within a text for {@link Named}. */
export function marked(name: string): string {
  return `${START}${name}${END}`;
}

/** The parts of a text with marked names: text and name in turn, beginning with text. */
export function splitNames(text: string): string[] {
  return text.split(new RegExp(`[${START}${END}]`, 'u'));
}

/**
 * A text whose marked names each keep to themselves: a name that reads from right to left cannot change the order
 * of the words and names around it.
 */
export function Named({ text }: { text: string }) {
  return splitNames(text).map((each, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text keep their places
    index % 2 === 1 ? <bdi key={index}>{each}</bdi> : <Fragment key={index}>{each}</Fragment>,
  );
}
