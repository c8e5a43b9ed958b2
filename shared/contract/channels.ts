/** Where a page and its host meet: IPC channels in the window, paths in a browser. */
export const CALL_CHANNEL = 'keywright:call';
export const EVENT_CHANNEL = 'keywright:event';
export const CALL_PATH = '/api/call';
export const EVENTS_PATH = '/api/events';
