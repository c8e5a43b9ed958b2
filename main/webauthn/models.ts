import table from './aaguids.json' with { type: 'json' };

const NOT_DISCLOSED = '00000000-0000-0000-0000-000000000000';
const MODELS = new Map(Object.entries(table.models));

/**
 * The name of an authenticator's model.
 * @param aaguid UUID in lower case; it is what the authenticator claims, attested or not
 * @param extra models that the table does not know, by AAGUID; they come first
 * @returns the name, "Model not disclosed" where the authenticator gave none, or "Unknown model"
 */
export function modelName(aaguid: string, extra: Readonly<Record<string, string>> = {}): string {
  if (Object.hasOwn(extra, aaguid) && extra[aaguid] !== undefined) return extra[aaguid];
  if (aaguid === NOT_DISCLOSED) return 'Model not disclosed';
  return MODELS.get(aaguid) ?? 'Unknown model';
}
