import {
  type AuthenticationResponse,
  type RequestOptions,
  toBase64url,
} from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AssertionAnswer,
  type CallOptions,
  COMMAND,
  type CredentialDescriptor,
  encodeCommand,
  type GetAssertionRequest,
  getAssertionParameters,
  PERMISSION,
  type PinUvAuthToken,
} from '../../ctap/index.ts';
import { signingRpId } from './app-id.ts';
import type { Ceremony } from './ceremony.ts';
import { collectClientData } from './client-data.ts';
import { descriptorsOf, fitList, probe, silentSize } from './credential-lists.ts';
import { withProof } from './proof.ts';
import { checkRequest, needsTheCredential, permissionsFor, prepareRequest } from './request-extensions.ts';
import { authenticationResponse } from './responses.ts';
import { chooseVerification } from './user-verification.ts';

/** Room for a proof and its keys in getAssertion, and for the input of hmac-secret, bytes. */
const PROOF = 40;
const EXTENSIONS = 256;

/** Signs a challenge on a CTAP2 authenticator. WebAuthn Level 3 §5.1.4, CTAP 2.2 §6.2. */
export async function getAssertion(
  ceremony: Ceremony,
  options: RequestOptions,
  origin: string,
): Promise<AuthenticationResponse> {
  const { ctap, info, talk } = ceremony;
  const clientData = collectClientData('webauthn.get', options.challenge, origin);
  const { userVerification, extensions: input = {} } = options;
  const ids = options.allowCredentials.map(({ id }) => id);
  checkRequest(input, ids);
  const mustFind = needsTheCredential(input) && ids.length > 1;
  const verification = chooseVerification(info, { userVerification });
  const rpId = await signingRpId(ceremony, options);
  const permissions = PERMISSION.ga | permissionsFor(input, info);
  return withProof(ceremony, { verification, permissions, rpId }, async (proof) => {
    const call = ceremony.callFor(proof.by);
    const allowList = await allowListFor(
      ceremony,
      { ...options, rpId },
      { token: proof.token, call, mustFind },
    );
    const credentialId = allowList.length === 1 && allowList[0] ? toBase64url(allowList[0].id) : undefined;
    const extensions = await prepareRequest(ctap, { input, info, credentialId }, talk.signal);
    try {
      const request: GetAssertionRequest = {
        rpId,
        clientDataHash: clientData.hash,
        allowList,
        extensions: extensions.request,
        options: proof.uv ? { uv: true } : {},
        pinUvAuth: proof.token?.authenticate(clientData.hash),
      };
      const answer = await chosen(ceremony, request, call);
      const extensionResults = {
        ...(input.appid === undefined ? {} : { appid: rpId !== options.rpId }),
        ...(await extensions.results(answer, proof.token, call)),
      };
      return authenticationResponse(answer, clientData, {
        allowList,
        kind: ceremony.kind,
        extensionResults,
      });
    } finally {
      extensions.wipe();
    }
  });
}

async function allowListFor(
  ceremony: Ceremony,
  options: RequestOptions,
  { token, call, mustFind }: { token: PinUvAuthToken | null; call: CallOptions; mustFind: boolean },
): Promise<CredentialDescriptor[]> {
  const wanted = descriptorsOf(options.allowCredentials);
  if (wanted.length === 0) return [];
  const { rpId } = options;
  const bare = { rpId, clientDataHash: new Uint8Array(32), options: { uv: true } };
  const fitted = fitList(ceremony.info, wanted, {
    command:
      encodeCommand(COMMAND.getAssertion, getAssertionParameters(bare)).length +
      PROOF +
      (options.extensions === undefined ? 0 : EXTENSIONS),
    silent: silentSize(rpId),
  });
  if (fitted.fits && (!mustFind || fitted.list.length === 0)) return orNone(fitted.list);
  const batches = fitted.fits ? [fitted.list] : fitted.batches;
  const found = await probe(ceremony.ctap, { rpId, batches, token }, call);
  return orNone(found === null ? [] : [found]);
}

/** An empty list would ask for any resident credential instead of these. */
function orNone(list: CredentialDescriptor[]): CredentialDescriptor[] {
  if (list.length === 0) throw new KeywrightError('authenticator.no_credentials');
  return list;
}

/** The assertion, or of several accounts the one that the person chooses. CTAP 2.2 §6.2.2, §6.3. */
async function chosen(
  { ctap, talk }: Ceremony,
  request: GetAssertionRequest,
  call: CallOptions,
): Promise<AssertionAnswer> {
  if (request.allowList?.length !== 0 || talk.chooseAccount === undefined) {
    return ctap.getAssertion(request, call);
  }
  const answers = await ctap.getAssertions(request, call);
  const [first] = answers;
  if (first === undefined) throw new KeywrightError('authenticator.malformed_answer');
  if (answers.length === 1 || first.userSelected) return first;
  const accounts = answers.map(({ user }) => ({
    userHandle: user?.id ?? new Uint8Array(),
    name: user?.name,
    displayName: user?.displayName,
  }));
  const answer = answers[await talk.chooseAccount(accounts)];
  if (answer === undefined) throw new KeywrightError('authenticator.cancelled');
  return answer;
}
