/**
 * Opens the person's own browser, where there is a desktop to open it on. Not in CI, and not on a Linux
 * without a display. A failure is told and nothing more: the address is on the screen.
 */
export async function openBrowser(url: string): Promise<void> {
  const env = process.env;
  const noDisplay = process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY;
  if (env.CI || noDisplay) return;
  try {
    const { default: open } = await import('open');
    const opener = await open(url);
    opener.on('error', () => tell());
  } catch {
    tell();
  }
}

function tell(): void {
  console.error('The browser could not be opened. Open the address above yourself.');
}
