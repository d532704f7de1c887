import type { Engine } from './engine/engine.ts';

/** One check of the stack. What it returns is for the steps that need it. */
export interface Step<Result = unknown> {
  /** What it makes sure of, as the report says it: `ok <name>`. */
  name: string;
  needs?: readonly Step[];
  run(run: Run): Promise<Result>;
}

/** What every step gets. */
export interface Run {
  /** Throws `NotAvailable` where there is none. */
  engine(): Engine;
  cache: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** What an earlier step, one that this step needs, returned. */
  resultOf<Result>(step: Step<Result>): Result;
  /** A part of the step that cannot be had here; the step goes on without it. */
  skip(name: string, why: string): void;
  /** A line below the step's own, for what a person should know of a step that went well. */
  note(line: string): void;
  /** Called at the end of the whole run, last one first, whatever happened before. */
  atEnd(cleanUp: () => Promise<unknown>): void;
}

/** Thrown by a step whose means are not on this machine: it is skipped by name, and that is no failure. */
export class NotAvailable extends Error {}
