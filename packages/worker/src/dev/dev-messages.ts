// What a development platform and the processes of its workers say to each other, beside the link.
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { ChaosKind } from './chaos.ts';

export interface HandlerSource {
  type: string;
  /** The file, the plugin, or CloudTask. */
  source: string;
}

/** What a handler said of its job: a line of the job's log. */
export interface SaidLine {
  /** By the platform's clock. */
  at: string;
  jobId: string;
  type: string;
  attempt: number;
  level: LogLevel;
  message: string;
  fields: object;
}

export interface StartOptions {
  configFile?: string | undefined;
  handlersFolder?: string | undefined;
  dataDir?: string | undefined;
  databaseUrl?: string | undefined;
  concurrency?: number | undefined;
  only?: readonly string[] | undefined;
  chaos: readonly ChaosKind[];
  /** Takes no jobs until it is told to. */
  isPaused: boolean;
  /** Waits for a debugger before it loads anything. */
  waitsForDebugger: boolean;
}

export type ToDevWorker =
  | { kind: 'start'; options: StartOptions }
  | { kind: 'pause' | 'resume' }
  /** Takes no more jobs, ends those that it has, and then itself. Said again, it shortens the time. */
  | { kind: 'retire'; graceMs: number | undefined }
  /** The debugger's port is free. */
  | { kind: 'open-debugger' };

export type FromDevWorker =
  | { kind: 'loaded'; types: HandlerSource[]; advice: string[] }
  | { kind: 'refused'; message: string }
  /** Takes no more jobs; so many still run. */
  | { kind: 'retiring'; busy: number }
  /** An operator drains it: it retires by itself. */
  | { kind: 'draining'; reason: string | null; busy: number }
  | ({ kind: 'said' } & SaidLine)
  | { kind: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; fields: object; message: string };

const TAG = 'cloudtaskDev';

export function wrapped(message: ToDevWorker | FromDevWorker): object {
  return { [TAG]: message };
}

/** Undefined for what is not ours: the link speaks over the same channel, and a handler may use it too. */
export function unwrapped<Message extends ToDevWorker | FromDevWorker>(message: unknown): Message | undefined {
  if (typeof message !== 'object' || message === null || !(TAG in message)) return undefined;
  return message[TAG] as Message;
}
