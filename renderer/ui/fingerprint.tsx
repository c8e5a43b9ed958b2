import css from './fingerprint.module.css';

/** Hex in groups of four, so that it can be compared by eye. Copies and reads as one text. */
export function Fingerprint({ hex }: { hex: string }) {
  const groups = hex.match(/.{1,4}/gu) ?? [];
  return (
    <span className={css.groups} title={hex}>
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the groups of one text keep their places
        <span key={index}>{group} </span>
      ))}
    </span>
  );
}
