import { spawn, spawnSync } from 'node:child_process';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { BIN } from './run-cli.ts';

/** util-linux' `script` runs a command at a terminal of its own. */
export const hasTerminals = spawnSync('script', ['--version']).status === 0;

const COLUMNS = 100;
const ROWS = 40;

export interface AtTerminal {
  /** What a person sees now, with what has scrolled away above it. */
  screen(): string;
  /** Waits until the screen shows it. Default 60 s: platforms start here, on machines that are busy. */
  sees(text: string | RegExp, timeoutMs?: number): Promise<void>;
  type(keys: string): void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** The command at a terminal of 100 × 40, whose screen is kept by a terminal emulator. It ends with the test. */
export function atTerminal(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): AtTerminal {
  const words = [process.execPath, '--conditions=source', BIN, ...args].map((word) => `'${word}'`).join(' ');
  const command = `stty cols ${COLUMNS} rows ${ROWS}; exec ${words}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8', TERM: 'xterm', SHELL: '/bin/sh', ...env },
  });
  onTestFinished(() => void child.kill());
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 5_000, allowProposedApi: true });
  onTestFinished(() => terminal.dispose());
  child.stdout.on('data', (bytes: Buffer) => terminal.write(bytes));
  const screen = () => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  };
  return {
    screen,
    async sees(text, timeoutMs = 60_000) {
      const isThere = () => (typeof text === 'string' ? screen().includes(text) : text.test(screen()));
      await eventually(isThere, { timeoutMs, describe: () => `${text} was not seen on\n${screen()}` });
    },
    type: (keys) => void child.stdin.write(keys),
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}
