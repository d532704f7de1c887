import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';

/** A program of this folder in a process of its own, which tells by lines on stdout how far it is. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  #listeners = new Set<() => void>();

  constructor(program: string, args: readonly string[]) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    this.#process = spawn(process.execPath, [...NODE_FLAGS, file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#exited = once(this.#process, 'close');
    if (this.#process.stdout) {
      createInterface(this.#process.stdout).on('line', (line) => {
        this.lines.push(line);
        for (const listener of this.#listeners) listener();
      });
    }
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when it has said that much; fails when it ends before. */
  async said(count: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = () => this.lines.length >= count && resolve();
      this.#listeners.add(check);
      this.#exited.then(() => reject(new Error(`the child ended after: ${this.lines.join(' | ')}`)), reject);
      check();
    });
  }

  /** SIGKILL; resolves when it is gone and all that it said was read. */
  async kill9(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }
}
