/** AAGUID of every Keywright software key: chosen at random once, and never changed. */
export const SOFTWARE_KEY_AAGUID = '7f0f66b7-6d9d-4619-b725-817731d52dbb';

/** The model as a person sees it. */
export const SOFTWARE_KEY_NAME = 'Software security key';

/** The AAGUID as it stands in getInfo and authenticator data, 16 bytes. */
export const AAGUID_BYTES: Uint8Array = Buffer.from(SOFTWARE_KEY_AAGUID.replaceAll('-', ''), 'hex');
