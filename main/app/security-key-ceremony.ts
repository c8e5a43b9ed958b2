import { KeywrightError } from '../../shared/errors/index.ts';
import type { Authenticator, SecurityKeyDevice, SecurityKeys } from '../authenticators/index.ts';
import type { OperationControl, Search } from './operations.ts';

/** Credentials of which the key must hold one, for a signature. Ids are base64url. */
export type Wanted = {
  rpId: string;
  ids: readonly string[];
  /** False where keys hide them until the person is verified (credProtect 3): then a silent look says nothing. */
  visible: boolean;
};

type WaitingFor = Extract<Search, { phase: 'insert' }>['waitingFor'];

/**
 * Finds the security key for a ceremony and runs it: waits until one is plugged in, lets the person choose among
 * several by touch, and goes on with the next one where a key was pulled out, waits for being reconnected, or does not
 * hold the credential. Nothing was made or signed by the keys that came before.
 * @param wanted what a key must hold to sign; null where a credential is to be made
 * @throws KeywrightError `authenticator.cancelled`, and whatever the ceremony ends with
 */
export async function withSecurityKey<T>(
  keys: SecurityKeys,
  control: OperationControl,
  wanted: Wanted | null,
  ceremony: (key: Authenticator, device: SecurityKeyDevice) => Promise<T>,
): Promise<T> {
  const passedOver = new Set<string>();
  let waitingFor: WaitingFor = 'first';
  for (;;) {
    const device = await findKey(keys, control, { wanted, passedOver, waitingFor });
    try {
      const key = await open(keys, control, device);
      try {
        return await ceremony(key, device);
      } finally {
        await key.close();
      }
    } catch (error) {
      const why: WaitingFor | null = control.talk.signal.aborted
        ? null
        : whyToGoOn(error, wanted, waitingFor);
      if (why === null) throw error;
      passedOver.add(device.id);
      // What else is plugged in was not meant: a PIN that the person still types is this key's, and no other's.
      if (why === 'removed' || why === 'softLocked') {
        for (const { id } of await keys.list()) passedOver.add(id);
      }
      waitingFor = why;
    } finally {
      control.release();
    }
  }
}

async function open(
  keys: SecurityKeys,
  control: OperationControl,
  device: SecurityKeyDevice,
): Promise<Authenticator> {
  const simulated = device.transport === 'simulator';
  await control.claim(device.id, { name: device.name, software: false, simulated });
  control.talk.status({ phase: 'connecting', verifiedBy: null, deadline: null });
  return keys.open(device.id, control.talk.signal);
}

/** Why another key, or the same one plugged in again, may do what this one did not; null where it would not help. */
function whyToGoOn(error: unknown, wanted: Wanted | null, before: WaitingFor): WaitingFor | null {
  if (!(error instanceof KeywrightError)) return null;
  switch (error.code) {
    case 'authenticator.removed':
      return 'removed';
    case 'authenticator.not_found':
      // It went away before it was opened: nothing has begun that could be lost.
      return before;
    case 'authenticator.pin_soft_locked':
      return 'softLocked';
    case 'authenticator.no_credentials':
      return wanted === null ? null : 'wrongKey';
    default:
      return null;
  }
}

type SearchState = { wanted: Wanted | null; passedOver: Set<string>; waitingFor: WaitingFor };

async function findKey(
  keys: SecurityKeys,
  control: OperationControl,
  state: SearchState,
): Promise<SecurityKeyDevice> {
  for (;;) {
    const candidates = await nextCandidates(keys, control, state);
    const holding = await thatHold(keys, control, candidates, state.wanted);
    for (const device of candidates) if (!holding.includes(device)) state.passedOver.add(device.id);
    const [only] = holding;
    if (only === undefined) state.waitingFor = 'wrongKey';
    else if (holding.length === 1) return only;
    else {
      const chosen = await chooseByTouch(keys, control, holding);
      if (chosen !== null) return chosen;
    }
  }
}

/** Waits until keys are there that were not passed over. One that was taken out and put in again counts anew. */
function nextCandidates(
  keys: SecurityKeys,
  control: OperationControl,
  { passedOver, waitingFor }: SearchState,
): Promise<SecurityKeyDevice[]> {
  const { signal } = control.talk;
  return new Promise((resolve, reject) => {
    let shown: WaitingFor | null = null;
    const end = (): void => {
      stop();
      signal.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      end();
      reject(new KeywrightError('authenticator.cancelled'));
    };
    const stop = keys.watch((devices) => {
      if (signal.aborted) return;
      const there = new Set(devices.map(({ id }) => id));
      for (const id of passedOver) if (!there.has(id)) passedOver.delete(id);
      const fresh = devices.filter(({ id }) => !passedOver.has(id));
      const usable = fresh.filter(({ problem }) => problem === null);
      if (usable.length > 0) {
        end();
        resolve(usable);
        return;
      }
      const why = fresh.length > 0 ? 'blocked' : waitingFor;
      if (why !== shown) control.search({ phase: 'insert', waitingFor: why });
      shown = why;
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
}

/** The keys that hold one of the credentials for sure; where none does, those that may. */
async function thatHold(
  keys: SecurityKeys,
  control: OperationControl,
  candidates: readonly SecurityKeyDevice[],
  wanted: Wanted | null,
): Promise<readonly SecurityKeyDevice[]> {
  if (wanted === null || !wanted.visible) return candidates;
  const looks = await Promise.allSettled(
    candidates.map(async (device) => ({ device, holds: await asks(keys, control, device, wanted) })),
  );
  // Only when all of them are through, so that none is still open when the next ceremony begins.
  const answers = looks.map((look) => {
    if (look.status === 'rejected') throw look.reason;
    return look.value;
  });
  const sure = answers.filter(({ holds }) => holds === 'yes');
  const possible = sure.length > 0 ? sure : answers.filter(({ holds }) => holds === 'unknown');
  return possible.map(({ device }) => device);
}

async function asks(
  keys: SecurityKeys,
  control: OperationControl,
  device: SecurityKeyDevice,
  { rpId, ids }: Wanted,
): Promise<'yes' | 'no' | 'unknown'> {
  const { signal } = control.talk;
  try {
    const key = await keys.open(device.id, signal);
    try {
      return await key.holds(rpId, ids, signal);
    } finally {
      await key.close();
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof KeywrightError)) throw error;
    // It cannot be asked now; the ceremony itself will tell what is wrong with it.
    return 'unknown';
  }
}

/** The key that is touched first; null where other keys are plugged in meanwhile, and the choice is another one. */
async function chooseByTouch(
  keys: SecurityKeys,
  control: OperationControl,
  devices: readonly SecurityKeyDevice[],
): Promise<SecurityKeyDevice | null> {
  const candidates = devices.map(({ name, transport }) => ({ name, simulated: transport === 'simulator' }));
  control.search({ phase: 'choose', candidates });
  const changed = new AbortController();
  const offered = devices.map(({ id }) => id);
  const stop = keys.watch((now) => {
    const gone = offered.some((id) => now.every((device) => device.id !== id));
    const came = now.some(({ id, problem }) => problem === null && !offered.includes(id));
    if (gone || came) changed.abort();
  });
  try {
    const signal = AbortSignal.any([control.talk.signal, changed.signal]);
    const id = await keys.chooseByTouch(offered, signal);
    return devices.find((device) => device.id === id) ?? null;
  } catch (error) {
    if (changed.signal.aborted && !control.talk.signal.aborted) return null;
    throw error;
  } finally {
    stop();
  }
}
