import { contextBridge, ipcRenderer } from 'electron';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../shared/contract/channels.ts';

// The shape is checked where it can be: the host validates what comes in and what goes out.
contextBridge.exposeInMainWorld('keywright', {
  call: (procedure: string, input: unknown): Promise<unknown> =>
    ipcRenderer.invoke(CALL_CHANNEL, JSON.stringify({ procedure, input })),
  on: (event: string, listener: (payload: unknown) => void): (() => void) => {
    const forward = (_: unknown, name: unknown, payload: unknown): void => {
      if (name === event) listener(payload);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => {
      ipcRenderer.off(EVENT_CHANNEL, forward);
    };
  },
});
