import { join } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Core } from '../../app/index.ts';
import { readEnvironment } from '../../platform/environment.ts';
import { makeFolder } from '../../platform/folders.ts';
import { EXIT, exitCode } from '../common/exit-codes.ts';
import { explain } from '../common/explain.ts';
import { findPlaces } from '../common/places.ts';
import { bridgeWindow } from './bridge.ts';
import { serveWindowOrigin, WINDOW_ORIGIN } from './origin.ts';
import { confineContents, createWindow, reloadAfterCrash, setMenu, windowSession } from './window.ts';

function fail(error: unknown): void {
  const text = explain(error);
  console.error(text);
  dialog.showErrorBox('Keywright cannot go on', text);
  app.exit(exitCode(error));
}

/** Closes the core before the process ends: it holds the lock of the data folder. */
function closeWithApp(core: Core): void {
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', (event) => {
    event.preventDefault();
    core.close().then(
      () => app.exit(EXIT.ok),
      (error: unknown) => {
        console.error(error);
        app.exit(EXIT.internal);
      },
    );
  });
}

function focusOnSecondStart(window: BrowserWindow): void {
  app.on('second-instance', () => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  });
}

/** One copy per data folder: the lock that Electron takes belongs to this folder, which must exist. */
function keepWindowDataIn(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new KeywrightError('store.read_only', { cause });
  }
  app.setPath('userData', folder);
}

async function main(): Promise<void> {
  const { dataFolder, logLevel, simulators } = readEnvironment();
  keepWindowDataIn(join(dataFolder, 'window'));
  if (!app.requestSingleInstanceLock()) {
    app.exit(EXIT.ok);
    return;
  }
  app.enableSandbox();
  confineContents();
  const [{ createCore }] = await Promise.all([import('../../app/index.ts'), app.whenReady()]);
  setMenu();
  const places = findPlaces(import.meta.dirname);
  const { udevRule } = places;
  const core = await createCore({ dataFolder, host: 'electron', logLevel, simulators, udevRule });
  serveWindowOrigin(windowSession(), places.rendererFolder);
  const window = createWindow(places.electronPreload);
  bridgeWindow(core, window);
  focusOnSecondStart(window);
  reloadAfterCrash(window, (reason) => fail(new Error(`The page ended: ${reason}.`)));
  closeWithApp(core);
  await window.loadURL(`${WINDOW_ORIGIN}/`);
}

main().catch((error: unknown) => app.whenReady().then(() => fail(error)));
