import type { DeviceContext } from '../../../main/authenticators/software/device-context.ts';
import type { MessageHandler } from '../../../main/authenticators/software/hid-responder.ts';
import {
  type CborMap,
  type CborValue,
  CtapError,
  decodeCbor,
  encodeCbor,
  STATUS,
} from '../../../main/ctap/index.ts';
import type { TestSensor } from './test-sensor.ts';

/** What a layer works with. */
export type TestContext = DeviceContext & { sensor: TestSensor };

/** Changes what a key hears and says: a layer around the authenticator, which knows nothing of it. */
export type Layer = (context: TestContext, inner: MessageHandler) => MessageHandler;

/** A handler whose CtapErrors become status bytes. */
export function answering(handle: MessageHandler): MessageHandler {
  return async (message, running) => {
    try {
      return await handle(message, running);
    } catch (error) {
      if (error instanceof CtapError) return Uint8Array.of(error.status);
      throw error;
    }
  };
}

/** The parameters of a message; none where they are no map. */
export function parametersOf(message: Uint8Array): CborMap {
  try {
    const value = message.length > 1 ? decodeCbor(message.subarray(1)) : new Map();
    return value instanceof Map ? value : new Map();
  } catch {
    // The authenticator behind the layer says what is wrong with it.
    return new Map();
  }
}

/** A message with these parameters. */
export function messageOf(command: number, parameters: CborMap): Uint8Array {
  return Buffer.concat([Uint8Array.of(command), encodeCbor(parameters)]);
}

/** The answer to getInfo, changed: values that are undefined are taken out. */
export function changeInfo(
  answer: Uint8Array,
  change: { fields?: Record<number, CborValue | undefined>; options?: Record<string, boolean | undefined> },
): Uint8Array {
  const info = parametersOf(answer);
  const options = info.get(0x04);
  if (options instanceof Map) put(options, Object.entries(change.options ?? {}));
  put(
    info,
    Object.entries(change.fields ?? {}).map(([key, value]) => [Number(key), value]),
  );
  return messageOf(STATUS.SUCCESS, info);
}

function put(map: CborMap, entries: [number | string, CborValue | undefined][]): void {
  for (const [key, value] of entries) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}
