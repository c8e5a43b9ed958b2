import type { KeywrightBridge } from '../../shared/contract/index.ts';
import { ERROR_CATALOGUE, type ErrorBody, type ErrorCode } from '../../shared/errors/index.ts';

declare global {
  interface Window {
    keywright?: KeywrightBridge;
  }
}

/** An error made on this side of the bridge, with the catalogue's words. */
export function localError(code: ErrorCode): ErrorBody {
  return { code, ...ERROR_CATALOGUE[code] };
}

type Watch = {
  /** No answer from the host. */
  onUnreachable: (error: ErrorBody) => void;
  /** The host does not know this person (any more). */
  onSignedOut: () => void;
};

/** The page's way to the core: the host's bridge, watched for the two errors that concern every screen. */
export function watchBridge(bridge: KeywrightBridge | undefined, watch: Watch): KeywrightBridge {
  if (bridge === undefined) {
    const error = localError('host.unreachable');
    return {
      call: async () => {
        watch.onUnreachable(error);
        return { ok: false, error };
      },
      on: () => () => {},
    };
  }
  return {
    call: async (name, input) => {
      const reply = await bridge.call(name, input);
      if (!reply.ok && reply.error.code === 'host.unreachable') watch.onUnreachable(reply.error);
      if (!reply.ok && reply.error.code === 'auth.sign_in_required') watch.onSignedOut();
      return reply;
    },
    on: (event, listener) => bridge.on(event, listener),
  };
}
