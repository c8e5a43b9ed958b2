// It brings the reflect polyfill that @peculiar/x509 asks for.
import '@simplewebauthn/server';
import { BasicConstraintsExtension, Extension, X509CertificateGenerator } from '@peculiar/x509';
import type { Key } from './forge.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * A self-signed attestation certificate of WebAuthn §8.2.1 for a P-256 key.
 * @param aaguid 32 hex digits, for the extension id-fido-gen-ce-aaguid
 */
export async function makeCertificate(key: Key, aaguid: string): Promise<Uint8Array> {
  const der = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  const keys = {
    privateKey: await crypto.subtle.importKey('pkcs8', der, P256, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', spki, P256, true, ['verify']),
  };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Test, OU=Authenticator Attestation, O=Keywright, C=AA',
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2120-01-01'),
    signingAlgorithm: P256,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new Extension('1.3.6.1.4.1.45724.1.1.4', false, Buffer.from(`0410${aaguid}`, 'hex')),
    ],
  });
  return new Uint8Array(certificate.rawData);
}
