import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PIN, startCore } from '../support/core.ts';
import { tempFolder } from '../support/temp.ts';

const CLI = fileURLToPath(new URL('../../main/hosts/cli/main.ts', import.meta.url));

type Run = { code: number | null; out: string; err: string };

/** Runs the command line as a script would: `lines` on standard input, `pin` on file descriptor 3. */
function run(folder: string, args: string[], given: { lines?: string; pin?: string } = {}): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, KEYWRIGHT_DATA: folder },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const result: Run = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    result.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    result.err += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(given.lines ?? '');
  const pinPipe = child.stdio[3];
  if (pinPipe === null || pinPipe === undefined || !('end' in pinPipe))
    throw new Error('no pipe for the PIN');
  pinPipe.on('error', () => {});
  pinPipe.end(`${given.pin ?? ''}\n`);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ ...result, code }));
  });
}

/** A data folder with two credentials that nobody has open. */
async function folderWithTwo(): Promise<string> {
  const { core, window, folder } = await startCore();
  const first = await window.createFirst('First key');
  await window.createNext('Second key', first.id);
  await core.close();
  return folder;
}

describe('keywright status', () => {
  it('shows an empty folder as one', async () => {
    const folder = tempFolder();
    const { code, out } = await run(folder, ['status']);
    expect(code).toBe(0);
    expect(out).toContain(folder);
    expect(out).toContain('none yet');
  });

  it('prints JSON for machines', async () => {
    const { out } = await run(await folderWithTwo(), ['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      host: 'cli',
      workspace: { name: 'Test workspace' },
      session: null,
    });
  });

  it('names the copy that has the folder open, and ends with 3', async () => {
    const { folder } = await startCore();
    const { code, err } = await run(folder, ['status']);
    expect(code).toBe(3);
    expect(err).toContain(`process ${process.pid}`);
  });
});

describe('keywright credentials list', () => {
  it('signs in with the named credential and lists', async () => {
    const args = ['credentials', 'list', '--credential', 'Second key', '--pin-fd', '3'];
    const { code, out, err } = await run(await folderWithTwo(), args, { lines: '\n', pin: PIN });
    expect(err).toContain('Press Enter to touch the key.');
    expect(out.split('\n')[0]).toMatch(/^NAME +KIND +MODEL +STATE +CREATED +LAST USED$/);
    expect(out).toMatch(/^First key +software /m);
    expect(out).toMatch(/^Second key +software /m);
    expect(err).toContain('2 of 2 shown; 2 of 2 active.');
    expect(code).toBe(0);
  });

  it('asks which credential to use, then prints JSON that fits the query', async () => {
    const args = ['credentials', 'list', '--json', '--query', 'second', '--pin-fd', '3'];
    const { code, out, err } = await run(await folderWithTwo(), args, { lines: '1\n\n', pin: PIN });
    expect(err).toMatch(/^1 {2}.+ key \(.+\)$/m);
    const list = JSON.parse(out);
    expect(list.items.map((item: { name: string }) => item.name)).toEqual(['Second key']);
    expect(list.all).toBe(2);
    expect(code).toBe(0);
  });

  it('tries a wrong PIN from a script once, and ends with 4', async () => {
    const folder = await folderWithTwo();
    const args = ['credentials', 'list', '--credential', 'First key', '--pin-fd', '3'];
    const wrong = await run(folder, args, { lines: '\n', pin: 'not the PIN' });
    expect(wrong).toMatchObject({ code: 4, out: '' });
    expect(wrong.err).toContain('The PIN is wrong.');
    expect(wrong.err).not.toContain('not the PIN');
    expect((await run(folder, args, { lines: '\n', pin: PIN })).code).toBe(0);
  });

  it('does not sign without a touch', async () => {
    const args = ['credentials', 'list', '--credential', 'First key', '--pin-fd', '3'];
    const { code, out } = await run(await folderWithTwo(), args, { lines: '', pin: PIN });
    expect(code).toBe(130);
    expect(out).toBe('');
  });

  it('says what to do where there is nothing to sign in with', async () => {
    const { code, err } = await run(tempFolder(), ['credentials', 'list']);
    expect(code).toBe(2);
    expect(err).toBe('There is no credential in this data folder yet. Create the first one in the window.\n');
  });

  it.each([
    [['credentials', 'list', '--limit', '0']],
    [['credentials', 'list', '--state', 'broken']],
    [['credentials', 'drop']],
    [['software-key', '--udp', '8111']],
  ])('refuses %j with 2', async (args) => {
    const { code, out } = await run(tempFolder(), args);
    expect(code).toBe(2);
    expect(out).toBe('');
  });
});
