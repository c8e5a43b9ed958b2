import {
  app,
  BrowserWindow,
  Menu,
  type MenuItemConstructorOptions,
  nativeTheme,
  type Session,
  session,
} from 'electron';
import { WINDOW_ORIGIN } from './origin.ts';

/** The page's background in both themes (`--bg` in renderer/ui/tokens.css), so that nothing flashes at start. */
const BACKGROUND = { light: '#f6f7f9', dark: '#0f1115' };

/** Two crashes within this time are one too many, ms. */
const CRASH_PAUSE = 10_000;

/** The session of the window: its own storage, shared with nothing. */
export function windowSession(): Session {
  return session.fromPartition('persist:keywright');
}

/** Makes the window, hidden until its first frame is painted. It has no page yet. */
export function createWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1180,
    height: 760,
    minWidth: 720,
    minHeight: 520,
    show: false,
    title: 'Keywright',
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      session: windowSession(),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  window.once('ready-to-show', () => window.show());
  return window;
}

/** Shows the page again after its process has died, but not over and over. */
export function reloadAfterCrash(window: BrowserWindow, onGivingUp: (reason: string) => void): void {
  let last = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit') return;
    const again = Date.now() - last < CRASH_PAUSE;
    last = Date.now();
    if (again) onGivingUp(reason);
    else window.reload();
  });
}

/** Keeps every page of this process where it is: no other origin, no second window, no webview. */
export function confineContents(): void {
  app.on('web-contents-created', (_, contents) => {
    contents.on('will-frame-navigate', (event) => {
      if (URL.parse(event.url)?.origin !== WINDOW_ORIGIN) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** The least a menu must have: editing keys, zoom and, on macOS, the app's own menu. */
export function setMenu(): void {
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'reload' },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
    ],
  };
  const template: MenuItemConstructorOptions[] = [{ role: 'editMenu' }, view, { role: 'windowMenu' }];
  if (process.platform === 'darwin') template.unshift({ role: 'appMenu' });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
