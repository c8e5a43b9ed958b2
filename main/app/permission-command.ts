/**
 * The command that gives people at this computer access to security keys: installs the udev rule and applies it to what
 * is plugged in.
 * @param rule absolute path of the rule; undefined where it is not at hand
 * @returns null where there is no such command: on other systems, or without the rule
 */
export function permissionCommand(
  rule: string | undefined,
  platform: NodeJS.Platform = process.platform,
): string | null {
  if (platform !== 'linux' || rule === undefined) return null;
  const quoted = `'${rule.replaceAll("'", String.raw`'\''`)}'`;
  return [
    `sudo install -m 0644 ${quoted} /etc/udev/rules.d/`,
    'sudo udevadm control --reload',
    'sudo udevadm trigger --subsystem-match=hidraw',
  ].join(' && ');
}
