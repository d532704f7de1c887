import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import type { LogLevel } from '@cloudtask/sdk/live-contract';

type Hear = (level: LogLevel, text: string) => void;

/** Whose code is running: also in what it left running, whose lines nobody keeps any more. */
const hearing = new AsyncLocalStorage<Hear>();

const METHODS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;
type Method = keyof typeof METHODS;

let listeners = 0;
let giveBack: (() => void) | undefined;

/** What the work prints with `console` is heard too; it is printed as before. Only while somebody captures the console. */
export function heardBy<Result>(hear: Hear, work: () => Result): Result {
  return hearing.run(hear, work);
}

/** Until the answer is called. Several workers of one process share it. */
export function captureConsole(): () => void {
  listeners += 1;
  giveBack ??= replaceMethods();
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

function replaceMethods(): () => void {
  const undo = (Object.keys(METHODS) as Method[]).map((method) => {
    const original = console[method];
    const replaced = (...args: unknown[]): void => {
      original.apply(console, args);
      hearing.getStore()?.(METHODS[method], textOf(args));
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
