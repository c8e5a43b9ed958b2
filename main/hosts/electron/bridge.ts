import { type BrowserWindow, type IpcMainInvokeEvent, ipcMain } from 'electron';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../../shared/contract/channels.ts';
import type { Reply } from '../../../shared/contract/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Caller, Core } from '../../app/index.ts';
import { newId } from '../../platform/index.ts';
import { parseMessage, refusal } from '../common/message.ts';
import { WINDOW_ORIGIN } from './origin.ts';

/**
 * Lets one window call the core and hear its events. A message counts only from the main frame of this window,
 * and only while that frame shows our own origin.
 */
export function bridgeWindow(core: Core, window: BrowserWindow): void {
  const contents = window.webContents;
  const caller: Caller = { clientId: newId(), host: 'electron', origin: WINDOW_ORIGIN };

  const isOurs = ({ sender, senderFrame }: IpcMainInvokeEvent): boolean =>
    sender === contents && senderFrame?.parent === null && senderFrame.origin === WINDOW_ORIGIN;

  ipcMain.handle(CALL_CHANNEL, async (event, text: unknown): Promise<Reply<unknown>> => {
    if (!isOurs(event)) return refusal('host.forbidden');
    try {
      if (typeof text !== 'string') throw new KeywrightError('input.invalid');
      const { procedure, input, size } = parseMessage(text);
      return await core.call(caller, procedure, input, size);
    } catch (error) {
      if (error instanceof KeywrightError) return refusal(error);
      throw error;
    }
  });
  const unsubscribe = core.subscribe(({ event, payload, clientId }) => {
    const forUs = clientId === null || clientId === caller.clientId;
    if (forUs && !contents.isDestroyed()) contents.send(EVENT_CHANNEL, event, payload);
  });
  // Another page, or the same one anew: nobody waits for what the old one began.
  contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) core.clientGone(caller.clientId);
  });
  contents.on('render-process-gone', () => core.clientGone(caller.clientId));
  window.on('closed', () => {
    unsubscribe();
    ipcMain.removeHandler(CALL_CHANNEL);
    core.clientGone(caller.clientId);
  });
}
