type Library = typeof import('@simplewebauthn/server') & typeof import('@simplewebauthn/server/helpers');

let loading: Promise<Library> | undefined;

/** SimpleWebAuthn and its helpers, loaded at first use: it pulls in ASN.1 and X.509, which start-up can do without. */
export function library(): Promise<Library> {
  loading ??= Promise.all([import('@simplewebauthn/server'), import('@simplewebauthn/server/helpers')]).then(
    ([server, helpers]) => ({ ...server, ...helpers }),
  );
  return loading;
}
