import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import type { z } from 'zod';
import { type Message, type TaskName, Word } from './tasks.ts';

/** A user who may do nothing. */
const NOBODY = 65_534;

/** A task that another program carries out, with a driver of its own: see `other-program.ts`. */
export type OtherProgram = {
  /** The next thing it tells. */
  next(): Promise<unknown>;
  /** Gives it the one sign that its task knows. */
  sign(): void;
};

/** What a task has told, and nobody has asked for yet. */
class Words {
  readonly #words: unknown[] = [];
  #wake: () => void = () => undefined;
  #failure: Error | null = null;

  add(word: unknown): void {
    this.#words.push(word);
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async next(): Promise<unknown> {
    while (this.#words.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#words.shift();
  }
}

/** A program that runs as one user, and all its tasks. */
class Program {
  readonly #child: ChildProcess;
  readonly #tasks = new Map<number, Words>();
  #ids = 0;

  constructor(user: { uid: number; gid: number } | null) {
    this.#child = fork(join(import.meta.dirname, 'other-program.ts'), [], user ?? {});
    this.#child.on('message', (message: unknown) => {
      const { id, word } = Word.parse(message);
      this.#tasks.get(id)?.add(word);
    });
    this.#child.on('exit', (code, signal) => {
      const error = new Error(`The other program has ended with ${code ?? signal}.`);
      for (const words of this.#tasks.values()) words.fail(error);
    });
  }

  begin(t: TestContext, task: TaskName): OtherProgram {
    this.#ids += 1;
    const id = this.#ids;
    const words = new Words();
    this.#tasks.set(id, words);
    this.#send({ what: 'begin', id, task });
    t.after(() => {
      this.#tasks.delete(id);
      this.#send({ what: 'end', id });
    });
    return { next: () => words.next(), sign: () => this.#send({ what: 'sign', id }) };
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(message: z.input<typeof Message>): void {
    if (this.#child.connected) this.#child.send(message);
  }
}

const programs = new Map<'nobody' | 'same', Program>();

after(() => {
  for (const program of programs.values()) program.kill();
});

/**
 * Lets another program carry out a task, until the test ends.
 * @param user `same` as the tests, who may do all, or `nobody`
 */
export function otherProgram(t: TestContext, task: TaskName, user: 'nobody' | 'same'): OtherProgram {
  let program = programs.get(user);
  if (program === undefined) {
    program = new Program(user === 'nobody' ? { uid: NOBODY, gid: NOBODY } : null);
    programs.set(user, program);
  }
  return program.begin(t, task);
}
