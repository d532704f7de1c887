import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import type { LogLevel } from '@cloudtask/sdk/live-contract';

/** Answers whether somebody keeps the line. */
type Hear = (level: LogLevel, text: string) => boolean;

/** Whose code is running: also in what it left running, whose lines nobody keeps any more. */
const hearing = new AsyncLocalStorage<Hear>();

const METHODS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;
type Method = keyof typeof METHODS;

let listeners = 0;
let giveBack: (() => void) | undefined;

/** What the work prints with `console` is heard too. Only while somebody captures the console. */
export function heardBy<Result>(hear: Hear, work: () => Result): Result {
  return hearing.run(hear, work);
}

/**
 * Until the answer is called. Several workers of one process share it. `prints`: lines are printed as before, also those
 * that are kept elsewhere; what the first of the workers says counts.
 */
export function captureConsole({ prints = true }: { prints?: boolean | undefined } = {}): () => void {
  listeners += 1;
  giveBack ??= replaceMethods(prints);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    listeners -= 1;
    if (listeners > 0) return;
    giveBack?.();
    giveBack = undefined;
  };
}

function replaceMethods(prints: boolean): () => void {
  const undo = (Object.keys(METHODS) as Method[]).map((method) => {
    const original = console[method];
    const replaced = (...args: unknown[]): void => {
      const hear = hearing.getStore();
      if (prints || !hear) original.apply(console, args);
      const isKept = hear?.(METHODS[method], textOf(args));
      if (!prints && isKept === false) original.apply(console, args);
    };
    console[method] = replaced;
    return () => {
      // Somebody else may have put a method of their own over ours: that stays, and ours hears nothing any more.
      if (console[method] === replaced) console[method] = original;
    };
  });
  return () => {
    for (const each of undo) each();
  };
}

/** An object's own way to print itself may throw; it has been printed, and that is no reason to fail the handler. */
function textOf(args: readonly unknown[]): string {
  try {
    return format(...args);
  } catch {
    return '(a line that cannot be formatted)';
  }
}
