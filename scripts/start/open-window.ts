import { spawn } from 'node:child_process';

/** Endings that mean the window never came up: a missing library, or a sandbox the system does not allow. */
const NO_LIBRARY = 127;
const SANDBOX_SIGNALS: readonly string[] = ['SIGTRAP', 'SIGABRT', 'SIGILL'];

/**
 * Runs the app in Electron until its window is closed.
 * @param program path of Electron
 * @param root folder with the package.json whose `main` is started
 * @returns its exit code, or one sentence why it could not start
 */
export function openWindow(program: string, root: string): Promise<{ code: number } | { why: string }> {
  const flags: string[] = [];
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.error('Note: Chromium has no sandbox for root. Start Keywright as an ordinary user to have it.');
    flags.push('--no-sandbox');
  }
  const env = { ...process.env };
  // Editors that are built on Electron set it for their terminals; with it there would be no window.
  delete env.ELECTRON_RUN_AS_NODE;
  const child = spawn(program, [...flags, root], { stdio: 'inherit', env });
  const forward = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ why: `Electron could not be started (${error.message})` }));
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, forward);
      if (code === NO_LIBRARY) resolve({ why: 'Electron lacks a library of this system' });
      else if (signal !== null && SANDBOX_SIGNALS.includes(signal)) {
        resolve({ why: `Electron could not open a window here (${signal})` });
      } else resolve({ code: code ?? 0 });
    });
  });
}

/** Why no window can be shown at all, or undefined. */
export function whyNoWindow(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string | undefined {
  const hasDisplay = platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  return hasDisplay ? undefined : 'There is no display for a window here';
}
