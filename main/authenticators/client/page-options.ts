import { isIP } from 'node:net';
import { z } from 'zod';
import {
  Base64url,
  CreationExtensions,
  type CreationOptions,
  RequestExtensions,
  type RequestOptions,
} from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';

const DEFAULT_TIMEOUT = 5 * 60_000;
/** ES256 and RS256, which hold where a page names none. WebAuthn Level 3 §5.4. */
const DEFAULT_ALGORITHMS = [-7, -257];

// What this client does not know is passed over, as WebAuthn asks of enumerations that may grow. §2.1.1.
const Requirement = z.enum(['required', 'preferred', 'discouraged']);
const Attestation = z.enum(['none', 'indirect', 'direct', 'enterprise']);
const Descriptors = z
  .array(z.object({ id: Base64url, type: z.string(), transports: z.array(z.string()).optional() }))
  .default([])
  .transform((list) =>
    list.flatMap(({ id, type, transports }) =>
      type === 'public-key'
        ? [{ id, type: 'public-key' as const, ...(transports === undefined ? {} : { transports }) }]
        : [],
    ),
  );
const Timeout = z.number().positive().default(DEFAULT_TIMEOUT);

const Creation = z.object({
  rp: z.object({ id: z.string().optional(), name: z.string() }),
  user: z.object({
    id: Base64url.refine((id) => id.length > 0 && id.length <= 86),
    name: z.string(),
    displayName: z.string(),
  }),
  challenge: Base64url,
  pubKeyCredParams: z.array(z.object({ type: z.string(), alg: z.int() })),
  timeout: Timeout,
  excludeCredentials: Descriptors,
  authenticatorSelection: z
    .object({
      residentKey: Requirement.optional().catch(undefined),
      requireResidentKey: z.boolean().optional(),
      userVerification: Requirement.optional().catch(undefined),
    })
    .default({}),
  attestation: Attestation.default('none').catch('none'),
  extensions: CreationExtensions.optional(),
});

const Request = z.object({
  rpId: z.string().optional(),
  challenge: Base64url,
  timeout: Timeout,
  allowCredentials: Descriptors,
  userVerification: Requirement.default('preferred').catch('preferred'),
  extensions: RequestExtensions.optional(),
});

/**
 * Reads what a page gave to `navigator.credentials.create`, as JSON. WebAuthn Level 3 §5.1.3, §5.1.9.
 * @param json `PublicKeyCredentialCreationOptionsJSON`
 * @param origin of the page: scheme, host and port
 * @throws KeywrightError `input.invalid` with `details.field`; `auth.rp_id_mismatch` for a relying party that the page
 *   may not speak for
 */
export function parseCreationOptions(json: unknown, origin: string): CreationOptions {
  const options = parsed(Creation, json);
  const { authenticatorSelection: selection, extensions } = options;
  const residentKey =
    selection.residentKey ?? (selection.requireResidentKey === true ? 'required' : 'discouraged');
  const algorithms = options.pubKeyCredParams.flatMap(({ type, alg }) =>
    type === 'public-key' ? [alg] : [],
  );
  if (options.pubKeyCredParams.length > 0 && algorithms.length === 0) {
    throw new KeywrightError('input.invalid', { details: { field: 'pubKeyCredParams' } });
  }
  return {
    rp: { id: rpIdFor(options.rp.id, origin), name: options.rp.name },
    user: options.user,
    challenge: options.challenge,
    pubKeyCredParams: (algorithms.length > 0 ? algorithms : DEFAULT_ALGORITHMS).map((alg) => ({
      type: 'public-key',
      alg,
    })),
    timeout: options.timeout,
    excludeCredentials: options.excludeCredentials,
    residentKey,
    userVerification: selection.userVerification ?? 'preferred',
    attestation: options.attestation,
    ...(extensions === undefined ? {} : { extensions }),
  };
}

/**
 * Reads what a page gave to `navigator.credentials.get`, as JSON. WebAuthn Level 3 §5.1.4, §5.1.10.
 * @param json `PublicKeyCredentialRequestOptionsJSON`
 * @param origin of the page: scheme, host and port
 * @throws KeywrightError as {@link parseCreationOptions}
 */
export function parseRequestOptions(json: unknown, origin: string): RequestOptions {
  const { extensions, ...options } = parsed(Request, json);
  const rpId = rpIdFor(options.rpId, origin);
  if (extensions === undefined) return { ...options, rpId };
  const { appid, ...others } = extensions;
  return {
    ...options,
    rpId,
    extensions: { ...others, ...(appid === undefined ? {} : { appid: appIdFor(appid, rpId, origin) }) },
  };
}

/**
 * The AppID of a page: an `https` address at the page's own host or at its relying party's. The lists of facets that
 * other addresses need are not fetched. WebAuthn Level 3 §10.1.1.
 */
function appIdFor(appid: string, rpId: string, origin: string): string {
  if (appid === '') return origin;
  const address = URL.canParse(appid) ? new URL(appid) : null;
  const host = address?.protocol === 'https:' ? address.hostname : null;
  const page = new URL(origin).hostname;
  if (host === null || (host !== page && host !== rpId && !host.endsWith(`.${rpId}`))) {
    throw new KeywrightError('auth.rp_id_mismatch', { details: { field: 'extensions.appid' } });
  }
  return appid;
}

/**
 * The relying party of a page: the host of its origin, or a domain above it; an address is no domain. A public suffix
 * such as `co.uk` is for the caller to refuse: this client has no list of them. WebAuthn Level 3 §5.1.3, step on `rp.id`.
 */
function rpIdFor(wanted: string | undefined, origin: string): string {
  const page = URL.canParse(origin) ? new URL(origin) : null;
  const local = page?.hostname === 'localhost' || page?.hostname.endsWith('.localhost') === true;
  const secure = page?.protocol === 'https:' || (page?.protocol === 'http:' && local);
  // It becomes part of what is signed, exactly as it stands here.
  if (page === null || !secure || page.origin !== origin || !isDomain(page.hostname)) {
    throw new KeywrightError('auth.origin_mismatch');
  }
  const rpId = wanted ?? page.hostname;
  const above = rpId.includes('.') && isDomain(rpId) && page.hostname.endsWith(`.${rpId}`);
  if (rpId === page.hostname || above) return rpId;
  throw new KeywrightError('auth.rp_id_mismatch');
}

function isDomain(host: string): boolean {
  return isIP(host) === 0 && !host.startsWith('[') && !host.endsWith('.');
}

function parsed<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new KeywrightError('input.invalid', { details: { field }, cause: result.error });
}
