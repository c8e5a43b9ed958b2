import manifest from '../../package.json' with { type: 'json' };

/** Keywright's version, from package.json. */
export const version: string = manifest.version;
