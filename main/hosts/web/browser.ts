import type { LaunchFile } from './launch-file.ts';

/** True where there is a desktop to open a browser on: not in CI, and not on a Linux without a display. */
export function hasDesktop(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  if (env.CI) return false;
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/**
 * Opens a launch URL in the person's own browser, by way of its file. A failure is told and nothing more: the
 * address is on the screen.
 */
export async function openInBrowser(url: string, file: LaunchFile): Promise<void> {
  try {
    file.write(url);
    const { default: open } = await import('open');
    const opener = await open(file.path);
    opener.on('error', () => tell());
  } catch {
    tell();
  }
}

function tell(): void {
  console.error('The browser could not be opened. Open the address above yourself.');
}
