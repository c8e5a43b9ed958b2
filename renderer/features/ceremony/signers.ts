import type { Signer } from '../../../shared/domain/index.ts';

/** Cards drawn at once; a search narrows the rest down. */
export const SHOWN = 20;

/** Those that can sign first, in each part the one used last first. */
export function orderSigners(signers: readonly Signer[]): Signer[] {
  const blocked = (signer: Signer) => (signer.unavailable === null ? 0 : 1);
  return signers.toSorted(
    (a, b) =>
      blocked(a) - blocked(b) || (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0) || a.name.localeCompare(b.name),
  );
}

/** The first that fit the search; the chosen one is always among them. */
export function shownSigners(ordered: readonly Signer[], query: string, chosen: string | null): Signer[] {
  const wanted = query.trim().toLocaleLowerCase();
  const fits = ordered.filter((signer) =>
    `${signer.name}\n${signer.model}`.toLocaleLowerCase().includes(wanted),
  );
  const shown = fits.slice(0, SHOWN);
  const kept = ordered.find((signer) => signer.id === chosen);
  return kept === undefined || shown.includes(kept) ? shown : [kept, ...shown];
}
