import {
  type CreationOptions,
  fromBase64url,
  type RegistrationResponse,
} from '../../../shared/domain/index.ts';
import {
  type AttestationAnswer,
  COMMAND,
  type CredentialDescriptor,
  encodeCommand,
  type MakeCredentialRequest,
  makeCredentialParameters,
  PERMISSION,
} from '../../ctap/index.ts';
import type { Ceremony } from './ceremony.ts';
import { type ClientData, collectClientData } from './client-data.ts';
import { checkCreation, prepareCreation } from './creation-extensions.ts';
import { descriptorsOf, fitList, probe, silentSize } from './credential-lists.ts';
import { withProof } from './proof.ts';
import { registrationResponse } from './responses.ts';
import { chooseVerification } from './user-verification.ts';

/** Room for a proof and its keys in makeCredential, and for the inputs of extensions, bytes. */
const PROOF = 40;
const EXTENSIONS = 384;

/** Makes a passkey on a CTAP2 authenticator. WebAuthn Level 3 §5.1.3, CTAP 2.2 §6.1. */
export async function makeCredential(
  ceremony: Ceremony,
  options: CreationOptions,
  origin: string,
): Promise<RegistrationResponse> {
  const { ctap, info, talk } = ceremony;
  const clientData = collectClientData('webauthn.create', options.challenge, origin);
  const { userVerification, residentKey, extensions: input } = options;
  const rk = residentKey === 'required' || (residentKey === 'preferred' && info.options.rk === true);
  const verification = chooseVerification(info, { userVerification, rk });
  if (input !== undefined) checkCreation({ input, info, rk });
  const bare = requestFor(ceremony, options, clientData, rk);
  const rpId = options.rp.id;
  const fitted = fitList(info, descriptorsOf(options.excludeCredentials), {
    command:
      encodeCommand(COMMAND.makeCredential, makeCredentialParameters(bare)).length +
      PROOF +
      (input === undefined ? 0 : EXTENSIONS),
    silent: silentSize(rpId),
  });
  // A silent look for the credentials of a long exclude list needs ga as well.
  const permissions = fitted.fits ? PERMISSION.mc : PERMISSION.mc | PERMISSION.ga;
  return withProof(ceremony, { verification, permissions, rpId }, async (proof) => {
    const call = ceremony.callFor(proof.by);
    const excludeList: CredentialDescriptor[] = fitted.fits ? fitted.list : [];
    if (!fitted.fits) {
      const found = await probe(ctap, { rpId, batches: fitted.batches, token: proof.token }, call);
      if (found !== null) excludeList.push(found);
    }
    // Not before the PIN: a wrong one makes the key agreement key rotate, and salts be sealed for none.
    const extensions =
      input === undefined ? null : await prepareCreation(ctap, { input, info, rk }, talk.signal);
    try {
      const answer = await ctap.makeCredential(
        {
          ...bare,
          excludeList,
          extensions: extensions?.request,
          options: { ...bare.options, ...(proof.uv ? { uv: true } : {}) },
          pinUvAuth: proof.token?.authenticate(clientData.hash),
        },
        call,
      );
      return registrationResponse(withAttestation(answer, options), clientData, {
        transports: info.transports,
        kind: ceremony.kind,
        extensionResults: extensions?.results(answer) ?? {},
      });
    } finally {
      extensions?.wipe();
    }
  });
}

function requestFor(
  ceremony: Ceremony,
  options: CreationOptions,
  clientData: ClientData,
  rk: boolean,
): MakeCredentialRequest {
  return {
    clientDataHash: clientData.hash,
    rp: options.rp,
    user: { ...options.user, id: fromBase64url(options.user.id) },
    pubKeyCredParams: options.pubKeyCredParams,
    enterpriseAttestation: enterpriseAttestation(ceremony, options),
    options: rk ? { rk: true } : {},
  };
}

/**
 * Asks for enterprise attestation where the relying party does and the authenticator is set up for it: 2 where this
 * platform has the relying party on its own list, else 1, and the authenticator decides by its list. CTAP 2.2 §7.1.
 */
function enterpriseAttestation({ info, enterpriseRpIds }: Ceremony, options: CreationOptions) {
  if (options.attestation !== 'enterprise' || info.options.ep !== true) return undefined;
  return enterpriseRpIds.includes(options.rp.id) ? 2 : 1;
}

/** Without attestation the statement says nothing; self attestation may stay. WebAuthn Level 3 §5.1.3, step on `none`. */
function withAttestation(answer: AttestationAnswer, { attestation }: CreationOptions): AttestationAnswer {
  const self = answer.fmt === 'packed' && !answer.attStmt.has('x5c');
  if (attestation !== 'none' || answer.fmt === 'none' || self) return answer;
  return { ...answer, fmt: 'none', attStmt: new Map() };
}
