import { spawn, spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';
import { ownFolder } from '../../../../test/support/own-folder.ts';
import { BIN } from './run-cli.ts';

// util-linux' `script` runs a command at a terminal of its own.
export const hasScript = spawnSync('script', ['--version']).status === 0;

export interface TerminalWish {
  /** Where the command runs, and its home. */
  folder: string;
  env?: Record<string, string>;
  /** Default 80 and 24. */
  columns?: number;
  rows?: number;
  /** How long `sees` waits. Default 15 s. */
  patienceMs?: number;
  /** A shell word in front, such as `echo x |`. */
  before?: string;
}

export interface Terminal {
  /** The exit code, once the command has ended and all it wrote is on the screen. */
  readonly ended: Promise<number | null>;
  /** All that was written, with what moves the cursor. */
  written(): string;
  /** The window as people see it, without empty lines at its end. */
  screen(): string[];
  /** The same with what has scrolled out of the window. */
  scrollback(): string[];
  isAlternate(): boolean;
  isCursorHidden(): boolean;
  /** Waits until the screen shows this. */
  sees(wanted: string | RegExp, timeoutMs?: number): Promise<void>;
  keys(text: string): void;
  /** Waits for a text, then types. */
  type(wanted: string | RegExp, text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  signal(name: NodeJS.Signals): Promise<void>;
}

/** The command at a terminal whose screen is kept as a terminal keeps it. */
export async function openTerminal(args: readonly string[], wish: TerminalWish): Promise<Terminal> {
  const { folder, env = {}, columns = 80, rows = 24, before = '', patienceMs = 15_000 } = wish;
  const emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 5_000, allowProposedApi: true });
  // Not in the folder of the command: some commands look at all that is in there.
  const aside = await ownFolder('terminal');
  const about = join(aside, 'about');
  const words = [process.execPath, ...NODE_FLAGS, BIN, ...args].map((word) => `'${word}'`).join(' ');
  // The size first, so that the command never sees another; then where the terminal and the process are to be found.
  const line = `stty cols ${columns} rows ${rows}; echo "$(tty) $$" > '${about}'; ${before}${before === '' ? 'exec ' : ''}${words}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      TZ: 'UTC',
      CLOUDTASK_CONFIG_DIR: join(folder, 'config'),
      ...env,
    },
  });
  onTestFinished(async () => {
    child.kill();
    emulator.dispose();
    await rm(aside, { recursive: true, force: true });
  });
  let written = '';
  let drawn: Promise<void> = Promise.resolve();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    drawn = new Promise((resolve) => emulator.write(text, resolve));
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve)).then(async (code) => {
    await drawn;
    return code;
  });

  const linesFrom = (start: number) => {
    const { active } = emulator.buffer;
    const all = Array.from({ length: active.length - start }, (_, at) => active.getLine(start + at));
    const lines = all.map((each) => each?.translateToString(true).trimEnd() ?? '');
    while (lines.at(-1) === '') lines.pop();
    return lines;
  };
  const screen = () => linesFrom(emulator.buffer.active.baseY);
  const terminalOf = async () => (await readFile(about, 'utf8')).trim().split(' ') as [path: string, pid: string];
  const sees = async (wanted: string | RegExp, timeoutMs = patienceMs) => {
    await eventually(
      () => {
        const shown = screen().join('\n');
        return typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown);
      },
      { timeoutMs, describe: () => `${String(wanted)}; the screen was\n${screen().join('\n')}\n` },
    );
  };

  return {
    ended,
    written: () => written,
    screen,
    scrollback: () => linesFrom(0),
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    isCursorHidden: () => written.lastIndexOf('\u001b[?25l') > written.lastIndexOf('\u001b[?25h'),
    sees,
    keys: (text) => void child.stdin.write(text),
    async type(wanted, text) {
      await sees(wanted);
      child.stdin.write(text);
    },
    async resize(newColumns, newRows) {
      const [path] = await terminalOf();
      emulator.resize(newColumns, newRows);
      spawnSync('stty', ['-F', path, 'cols', String(newColumns), 'rows', String(newRows)]);
    },
    async signal(name) {
      const [, pid] = await terminalOf();
      process.kill(Number(pid), name);
    },
  };
}
