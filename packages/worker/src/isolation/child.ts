// The process in which isolated handlers run: one module, one job at a time. It knows no claim token, no database and no
// broker; everything it has to say goes through one pipe to its worker.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { environmentVariables } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import type { Attempt } from '../attempt.ts';
import type { AttemptEnd } from '../attempt-end.ts';
import type { LoadedHandler } from '../load-handlers.ts';
import { retryableFailure } from '../outcome-of-error.ts';
import { runInline } from '../run-inline.ts';
import { thrownStack } from '../thrown-stack.ts';
import { AskWorker } from './ask-worker.ts';
import { childAttempt, clockOf } from './child-attempt.ts';
import { ChildHandlers } from './child-handlers.ts';
import { CHANNEL_FD, type ChildRun, type FromChild, type ToChild } from './child-messages.ts';
import { ChildVoice } from './child-voice.ts';
import { LineChannel } from './line-channel.ts';
import { relayPrinted, speakingAs } from './printed-lines.ts';

// The compiler renames what is imported, not what is named in a URL.
const END_WITH_WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './end-with-worker.ts' : './end-with-worker.js',
  import.meta.url,
);

const [, , module = '', configPath, mode = ''] = process.argv;
const handlers = new ChildHandlers(module, { logger: silentLogger, environment: environmentVariables() });
let current: { run: number; attempt: Attempt; worker: AskWorker } | undefined;

const channel = new LineChannel(new Socket({ fd: CHANNEL_FD }), {
  onLine: (line) => receive(JSON.parse(line) as ToChild),
});

// Under no flags of this process: what they load for handlers may fail in a thread. Without it a child may outlive a worker
// that was killed, which is no reason to end the job.
new Worker(END_WITH_WORKER, { name: 'end-with-worker', execArgv: [] })
  .on('error', (error) => tell({ kind: 'trouble', what: `it may outlive its worker: ${oneLine(error)}` }))
  .unref();

// Whoever stops a service signals all its processes. Here the worker decides: its jobs have a grace period.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

// What a pipe does not take at once Node would keep in memory, without a limit and behind the end of the job.
for (const stream of [process.stdout, process.stderr]) {
  (stream as { _handle?: { setBlocking?(isBlocking: boolean): void } })._handle?.setBlocking?.(true);
}
relayPrinted();

// Only looks on: the process then ends as it would have ended.
process.on('uncaughtExceptionMonitor', (error: unknown, origin) => {
  const what = origin === 'unhandledRejection' ? 'an unhandled rejection' : 'an uncaught exception';
  tell({ kind: 'crash', error: `${what}: ${oneLine(error)}`, stack: thrownStack(error) });
});

try {
  await handlers.load(configPath === undefined ? undefined : { path: configPath, mode });
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'refused', why: oneLine(error) });
}

function receive(message: ToChild): void {
  if (message.kind === 'run') void run(message);
  else if (current?.run !== message.run) return;
  else if (message.kind === 'submitted') current.worker.answered(message);
  else current.attempt.abort(message.abort, message.graceMs, performance.now());
}

async function run(message: ChildRun): Promise<void> {
  const { run, job, logLevel } = message;
  let handler: LoadedHandler | undefined;
  try {
    handler = await handlers.find(message);
  } catch (error) {
    tellEnd(run, retryableFailure('ERROR', oneLine(error), job));
    return;
  }
  if (!handler) {
    const why = `${module} no longer exports a handler of "${job.type}": the file was changed, restart the worker`;
    tellEnd(run, retryableFailure('ERROR', why, job));
    return;
  }
  const voice = new ChildVoice(run, channel, logLevel);
  const attempt = childAttempt(message, handler, voice);
  const worker = new AskWorker(run, tell);
  current = { run, attempt, worker };
  // Its log goes to the worker's as well, but by the worker, which knows what job it is of.
  const submitItems = (_: Attempt, items: readonly string[]) => worker.submit(items);
  const deps = { clock: clockOf(message), logger: silentLogger, logLevel, submitItems };
  const end = await speakingAs(voice, () => runInline(deps, attempt));
  current = undefined;
  voice.end(() => tellEnd(run, end));
}

function tellEnd(run: number, end: AttemptEnd | undefined): void {
  const text =
    end?.kind === 'completed' ? `{"kind":"completed","result":${end.resultText}}` : JSON.stringify(end ?? null);
  channel.send(`{"kind":"end","run":${run},"end":${text}}`);
}

function tell(message: FromChild): void {
  channel.send(JSON.stringify(message));
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 1_000);
}
