import { isDeepStrictEqual } from 'node:util';
import type { Handler, Job, Json } from '@cloudtask/sdk';
import type { Duration } from '@cloudtask/sdk/contract';
import { usageError } from '../errors/cli-error.ts';
import { importTesting } from '../import-testing.ts';
import type { ProjectHandler } from '../import-worker.ts';
import { ownFrame } from '../views/own-frame.ts';

/** How the attempt is to go. */
export interface TrialInput {
  payload: Json;
  /** Whose tags and metadata it sees. */
  job: Job | undefined;
  attempt: number | undefined;
  cancelAfter: Duration | undefined;
  /** Once more with the same payload, as after a lost worker. */
  redeliver: boolean;
  signal: AbortSignal;
  /** Of the project: frames are told from here. */
  folder: string;
  /** Stops at the first line of the handler. */
  breaks: boolean;
}

type HandlerRun = Awaited<ReturnType<Awaited<ReturnType<typeof importTesting>>['runHandler']>>;

/** How it went. */
export interface Tried extends HandlerRun {
  /** Where in the project the handler threw: `at build (src/report.ts:21:14)`. */
  thrownAt?: string;
  /** The second time; only where it was asked for. */
  redelivered?: HandlerRun;
}

/** Runs a handler in this process, with its own services, without a server: nothing is stored or tried again. */
export async function tryHandler(found: ProjectHandler, input: TrialInput): Promise<Tried> {
  const { runHandler } = await importTesting();
  const services = await found.services();
  const { payload, job, attempt, cancelAfter, signal } = input;
  const handler = input.breaks ? breaking(found.handler) : found.handler;
  const options = {
    signal,
    ...(attempt !== undefined && { attempt }),
    ...(cancelAfter !== undefined && { cancelAfter }),
    ...(services && { services }),
    ...(job && { tags: job.tags, metadata: job.metadata ?? {} }),
  };
  const run = () => runHandler(handler, payload as never, options).catch(refuse);
  const ran = await run();
  const thrownAt = placeOf(ran, input.folder);
  const first = { ...toShown(ran), ...(thrownAt !== undefined && { thrownAt }) };
  return input.redeliver ? { ...first, redelivered: toShown(await run()) } : first;
}

export function gaveTheSame({ result, redelivered }: Tried): boolean {
  return isDeepStrictEqual(result, redelivered?.result);
}

function placeOf({ error }: HandlerRun, folder: string): string | undefined {
  return error?.cause instanceof Error ? ownFrame(error.cause.stack ?? '', folder) : undefined;
}

/** What was thrown is no JSON; its name, message and code are there. */
function toShown({ error, ...run }: HandlerRun): HandlerRun {
  if (!error) return run;
  const { cause: _, ...shown } = error;
  return { ...run, error: shown };
}

/** The harness says in a sentence what cannot be done: an attempt that there is not, a value that JSON does not have. */
function refuse(error: unknown): never {
  if (error instanceof RangeError || error instanceof TypeError) throw usageError(error.message);
  throw error;
}

function breaking(handler: Handler): Handler {
  return {
    ...handler,
    run: (payload, context) => {
      // biome-ignore lint/suspicious/noDebugger: --inspect-brk is to stop here, at the door of the handler.
      debugger;
      return handler.run(payload, context);
    },
  };
}
