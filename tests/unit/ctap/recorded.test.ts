import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  AnyMap,
  Bytes,
  type CborMap,
  ClientPin,
  COMMAND,
  Ctap2,
  decodeCanonicalCbor,
  encodeCbor,
  encodeCommand,
  type GetAssertionRequest,
  getAssertionParameters,
  type MakeCredentialRequest,
  makeCredentialParameters,
  mapOf,
  PIN_SUBCOMMAND,
  PinUvAuthToken,
  parseAuthenticatorData,
  parseCreationOutputs,
} from '../../../main/ctap/index.ts';
import { bytes, hex, protocolOf } from './helpers.ts';

const FOLDER = new URL('../../peers/recorded/', import.meta.url);
const Recording = z.object({
  peer: z.string(),
  protocol: z.number(),
  clientDataHash: z.string(),
  tokens: z.array(z.string()),
  exchanges: z.array(z.object({ step: z.string(), request: z.string(), answer: z.string() })),
});
type Exchange = z.infer<typeof Recording>['exchanges'][number];

const recordings = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...Recording.parse(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))) }));

const Descriptors = z.array(mapOf({ id: Bytes, type: z.literal('public-key') })).optional();
const Name = z.string().exactOptional();
const MakeCredential = mapOf({
  1: Bytes,
  2: mapOf({ id: z.string(), name: Name }),
  3: mapOf({ id: Bytes, name: Name, displayName: Name }),
  4: z.array(mapOf({ alg: z.int(), type: z.string() })),
  5: Descriptors,
  6: AnyMap.optional(),
  7: mapOf({ rk: z.boolean().exactOptional() }).optional(),
  8: Bytes,
  9: z.int(),
});
const GetAssertion = mapOf({
  1: z.string(),
  2: Bytes,
  3: Descriptors,
  5: mapOf({ up: z.boolean().exactOptional() }).optional(),
  6: Bytes.optional(),
  7: z.int().optional(),
});

/** The parameters of a recorded request. */
function parametersOf({ request }: Exchange): CborMap {
  return AnyMap.parse(decodeCanonicalCbor(bytes(request).subarray(1)));
}

function creationOf(exchange: Exchange): MakeCredentialRequest {
  const fields = MakeCredential.parse(parametersOf(exchange));
  return {
    clientDataHash: fields[1],
    rp: fields[2],
    user: fields[3],
    pubKeyCredParams: fields[4],
    pinUvAuth: { param: fields[8], protocol: fields[9] },
    ...(fields[5] === undefined ? {} : { excludeList: fields[5] }),
    ...(fields[6] === undefined ? {} : { extensions: fields[6] }),
    ...(fields[7] === undefined ? {} : { options: fields[7] }),
  };
}

function assertionOf(exchange: Exchange): GetAssertionRequest {
  const fields = GetAssertion.parse(parametersOf(exchange));
  const [param, protocol] = [fields[6], fields[7]];
  return {
    rpId: fields[1],
    clientDataHash: fields[2],
    pinUvAuth: param === undefined || protocol === undefined ? undefined : { param, protocol },
    ...(fields[3] === undefined ? {} : { allowList: fields[3] }),
    ...(fields[5] === undefined ? {} : { options: fields[5] }),
  };
}

/** A client whose device gives this recorded answer, and only to the recorded request. */
function replay({ request, answer }: Exchange): Ctap2 {
  return new Ctap2({
    cbor: async (message) => {
      expect(hex(message)).toBe(request);
      return bytes(answer);
    },
  });
}

function keyOf(cose: CborMap): { key: KeyObject; hash: string | null } {
  const coordinate = (label: number) => Buffer.from(Bytes.parse(cose.get(label))).toString('base64url');
  const jwk =
    cose.get(1) === 1
      ? { kty: 'OKP', crv: 'Ed25519', x: coordinate(-2) }
      : { kty: 'EC', crv: 'P-256', x: coordinate(-2), y: coordinate(-3) };
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), hash: cose.get(1) === 1 ? null : 'sha256' };
}

describe.each(recordings)(
  'the recording $name of $peer',
  ({ protocol, clientDataHash, tokens, exchanges }) => {
    const of = (step: string) => exchanges.filter((exchange) => exchange.step === step);
    const succeeded = ({ answer }: Exchange) => answer.startsWith('00');

    it('is canonical in both directions, and our encoder gives the same bytes', () => {
      for (const { request, answer } of exchanges) {
        for (const message of [request, answer].map((text) => bytes(text).subarray(1))) {
          if (message.length > 0) expect(hex(encodeCbor(decodeCanonicalCbor(message)))).toBe(hex(message));
        }
      }
    });

    it('has requests that our types hold whole', () => {
      expect(of('makeCredential')).toHaveLength(4);
      for (const exchange of of('makeCredential')) {
        const parameters = makeCredentialParameters(creationOf(exchange));
        expect(hex(encodeCommand(COMMAND.makeCredential, parameters))).toBe(exchange.request);
      }
      expect(of('getAssertion')).toHaveLength(4);
      for (const exchange of of('getAssertion')) {
        const parameters = getAssertionParameters(assertionOf(exchange));
        expect(hex(encodeCommand(COMMAND.getAssertion, parameters))).toBe(exchange.request);
      }
    });

    it('has proofs that our tokens give too', () => {
      const hash = bytes(clientDataHash);
      const proofs = exchanges
        .filter(({ step }) => step === 'makeCredential' || step === 'getAssertion')
        .map((exchange) => {
          const parameters = parametersOf(exchange);
          return parameters.get(exchange.step === 'makeCredential' ? 8 : 6);
        })
        .filter((param) => param instanceof Uint8Array);
      const ours = tokens.map((token) => {
        const { param } = new PinUvAuthToken(protocolOf(protocol), Buffer.from(token, 'hex')).authenticate(
          hash,
        );
        return hex(param);
      });
      expect(proofs.map(hex)).toEqual(ours);
      expect(new Set(ours).size).toBe(tokens.length);
    });

    it('has answers that our parsers read, with signatures that hold', async () => {
      const keys = new Map<string, ReturnType<typeof keyOf>>();
      const made = of('makeCredential').filter(succeeded);
      expect(made).toHaveLength(3);
      for (const exchange of made) {
        const { fmt, authData, attStmt, unknown } = await replay(exchange).makeCredential(
          creationOf(exchange),
        );
        expect(fmt).toBe('packed');
        expect(unknown.size).toBe(0);
        const { attestedCredential, extensions } = parseAuthenticatorData(authData);
        if (attestedCredential === null) throw new Error('no credential');
        const { key, hash } = keyOf(attestedCredential.publicKey);
        const signed = Buffer.concat([authData, bytes(clientDataHash)]);
        expect(verify(hash, signed, key, Bytes.parse(attStmt.get('sig')))).toBe(true);
        keys.set(hex(attestedCredential.credentialId), { key, hash });
        const { credProtect } = parseCreationOutputs(extensions);
        expect(credProtect).toBe(creationOf(exchange).extensions === undefined ? undefined : 2);
      }
      const assertions = [...of('getAssertion'), ...of('getNextAssertion')].filter(succeeded);
      expect(assertions).toHaveLength(4);
      for (const exchange of assertions) {
        const ctap = replay(exchange);
        const isFirst = exchange.step === 'getAssertion';
        const answer = await (isFirst ? ctap.getAssertion(assertionOf(exchange)) : ctap.getNextAssertion());
        const signer = keys.get(hex(answer.credentialId ?? new Uint8Array()));
        if (signer === undefined) throw new Error('signed by nobody');
        const signed = Buffer.concat([answer.authData, bytes(clientDataHash)]);
        expect(verify(signer.hash, signed, signer.key, answer.signature)).toBe(true);
      }
    });

    it('has the errors that were provoked, with their codes', async () => {
      const codes = await Promise.all(
        exchanges
          .filter((exchange) => !succeeded(exchange))
          .map(async (exchange) => {
            const message = bytes(exchange.request);
            const parameters = message.length > 1 ? parametersOf(exchange) : undefined;
            const error = await replay(exchange)
              .send(message[0] ?? 0, parameters)
              .catch((cause: unknown) => cause);
            return z.object({ code: z.string() }).parse(error).code;
          }),
      );
      expect(codes).toEqual([
        'authenticator.excluded',
        'authenticator.no_credentials',
        'authenticator.pin_wrong',
        'authenticator.not_allowed',
      ]);
    });

    it('has the questions that we would ask, word for word', async () => {
      const [info] = of('getInfo');
      if (info === undefined) throw new Error('no getInfo');
      expect(await replay(info).getInfo()).toMatchObject({ versions: ['FIDO_2_0', 'FIDO_2_1'] });
      const retries = await Promise.all(
        of('getPINRetries').map((exchange) => {
          // python-fido2 names the protocol of the client, as we do.
          return new ClientPin(replay(exchange), protocolOf(protocol)).getPinRetries();
        }),
      );
      expect(retries.map((answer) => answer.retries)).toEqual([8, 7]);
      const agreements = exchanges.filter(
        ({ request }) =>
          request.startsWith('06a2') && request.endsWith(`020${PIN_SUBCOMMAND.getKeyAgreement}`),
      );
      expect(agreements.length).toBeGreaterThan(5);
      for (const exchange of agreements) {
        (await new ClientPin(replay(exchange), protocolOf(protocol)).sharedSecret()).wipe();
      }
      for (const exchange of of('selection')) await replay(exchange).selection();
      for (const exchange of of('reset')) await replay(exchange).reset();
    });
  },
);
