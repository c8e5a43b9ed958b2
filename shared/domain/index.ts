export * from './base64url.ts';
export * from './names.ts';
export * from './schemas.ts';
export * from './webauthn.ts';
