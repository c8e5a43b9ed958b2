/** Where a page and its host meet: IPC channels in the window, paths in a browser. */
export const CALL_CHANNEL = 'keywright:call';
export const EVENT_CHANNEL = 'keywright:event';
export const CALL_PATH = '/api/call';
export const EVENTS_PATH = '/api/events';

/**
 * The second secret of a browser, beside its cookie: a key bound to the page's origin. This name is the meta
 * element that hands it over, the header of a call, and the prefix of a WebSocket's subprotocol.
 */
export const PAGE_KEY = 'x-keywright-key';
