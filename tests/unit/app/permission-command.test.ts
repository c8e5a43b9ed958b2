import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { permissionCommand } from '../../../main/app/permission-command.ts';
import { findPlaces } from '../../../main/hosts/common/places.ts';

const RULE = "/opt/Key wright/it’s $HOME/'x'.rules";

describe('the command that gives access to security keys', () => {
  it('names the rule as one word, whatever is in its path', () => {
    const command = permissionCommand(RULE, 'linux') ?? '';
    expect(command).toContain('/etc/udev/rules.d/');
    // A shell takes it apart; "sudo" is replaced by a program that prints its arguments.
    const script = `sudo() { printf '%s\n' "$@"; }; ${command}`;
    const words = spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.split('\n');
    expect(words.slice(0, 5)).toEqual(['install', '-m', '0644', RULE, '/etc/udev/rules.d/']);
  });

  it('is there on Linux only', () => {
    expect(permissionCommand(RULE, 'darwin')).toBeNull();
    expect(permissionCommand(RULE, 'win32')).toBeNull();
    expect(permissionCommand(undefined, 'linux')).toBeNull();
  });

  it('installs a rule that is in the project and gives access to whoever sits there', () => {
    const { udevRule } = findPlaces(join(import.meta.dirname, '..', '..', '..', 'main', 'hosts', 'web'));
    const rules = readFileSync(udevRule, 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    expect(rules).toContain('ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"');
    for (const line of rules) {
      expect(line).toMatch(/^(?:LABEL="\w+"|(?:[A-Z]+(?:\{\w+\})?(?:==|!=|\+=|=)"[^"]*"(?:, |$))+)$/);
    }
  });
});
