// The process of one generation of a development platform's worker: a real worker, whose database, broker and signals are in
// the process that started it.
import { once } from 'node:events';
import inspector from 'node:inspector';
import { relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { environmentVariables, readSettings } from '@cloudtask/core/config';
import { type IpcPeer, ipcChannel } from '@cloudtask/core/link/link-channel';
import { openLinkedPlatform } from '@cloudtask/core/link/open-linked-platform';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { Attempt } from '../attempt.ts';
import { type IdleFile, idleFileText } from '../idle-files.ts';
import { startWorker } from '../service.ts';
import { workerSettings } from '../settings.ts';
import type { RunningWorker } from '../worker-life.ts';
import { Chaos } from './chaos.ts';
import { readDevConfiguration } from './dev-configuration.ts';
import { type FromDevWorker, type StartOptions, type ToDevWorker, unwrapped, wrapped } from './dev-messages.ts';
import { passedOnLogger } from './passed-on-logger.ts';

// The compiler renames what is imported, not what is named in a URL.
const END_WITH_PARENT = new URL(
  import.meta.url.endsWith('.ts') ? '../isolation/end-with-worker.ts' : '../isolation/end-with-worker.js',
  import.meta.url,
);
const DEBUGGER_PORT = 9229;

const peer = process as IpcPeer;
// Also when a handler blocks the main thread for ever. Without the thread 'disconnect' still ends an idle process.
new Worker(END_WITH_PARENT, { name: 'end-with-parent', execArgv: [] }).on('error', () => {}).unref();
process.on('disconnect', () => process.exit());
// Whoever stops a program signals all its processes. Here the platform decides: jobs have their grace period.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

let worker: RunningWorker | undefined;
let platform: Awaited<ReturnType<typeof openLinkedPlatform>> | undefined;
let retiring: Promise<void> | undefined;
let lastWord: Promise<void> | undefined;

process.on('message', (raw) => {
  const message = unwrapped<ToDevWorker>(raw);
  if (message) receive(message);
});

function receive(message: ToDevWorker): void {
  switch (message.kind) {
    case 'start':
      void start(message.options);
      break;
    case 'pause':
      worker?.pause();
      break;
    case 'resume':
      worker?.resume();
      break;
    case 'open-debugger':
      openDebugger({ waits: false });
      break;
    case 'retire':
      retire(message.graceMs);
      break;
  }
}

async function start(options: StartOptions): Promise<void> {
  try {
    if (options.waitsForDebugger) openDebugger({ waits: true });
    const advice: string[] = [];
    worker = await open(options, ({ file, exports }) =>
      advice.push(idleFileText({ exports }, relative(process.cwd(), file))),
    );
    const types = worker.handlers.map(({ type, source }) => ({ type, source }));
    tell({ kind: 'loaded', types, advice });
  } catch (error) {
    tell({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
    await leave();
  }
}

async function open(
  { isPaused, chaos, only, databaseUrl, ...options }: StartOptions,
  onIdleFile: (file: IdleFile) => void,
): Promise<RunningWorker> {
  const flags = {
    [workerSettings.configFile.flag]: options.configFile,
    [workerSettings.handlersFolder.flag]: options.handlersFolder,
    [workerSettings.dataDir.flag]: options.dataDir,
    [workerSettings.concurrency.flag]: options.concurrency?.toString(),
  };
  const configuration = await readDevConfiguration(flags, process.cwd());
  const configFile = configuration?.settings;
  const settings = readSettings(workerSettings, { flags, env: environmentVariables(), configFile });
  const logger = passedOnLogger(tell);
  platform = await openLinkedPlatform(ipcChannel(peer), { service: 'worker', logger });
  // A worker that starts paused may claim nothing in the moment before it is told so.
  const quota = { left: isPaused ? 0 : Number.POSITIVE_INFINITY };
  const running = await startWorker({
    ...platform,
    ...configuration?.parts,
    settings: { ...settings, databaseUrl },
    quota,
    onIdleFile,
    // Nobody else is there to take them.
    servesOwnQueues: true,
    observer: { claimed() {}, ended() {}, failed() {}, said, draining },
    // Whoever is told the lines shows them with the name of their job.
    printsConsole: false,
    ...(only && { only }),
    ...(chaos.length > 0 && { chaos: new Chaos(chaos) }),
  });
  if (isPaused) running.pause();
  quota.left = Number.POSITIVE_INFINITY;
  return running;
}

function said({ job }: Attempt, level: LogLevel, message: string, fields: object = {}): void {
  const at = new Date(platform?.clock.now() ?? Date.now()).toISOString();
  tell({ kind: 'said', at, jobId: job.id, type: job.type, attempt: job.attempt, level, message, fields });
}

function draining(reason: string | null): void {
  tell({ kind: 'draining', reason, busy: worker?.busy ?? 0 });
  retire(undefined);
}

function retire(graceMs: number | undefined): void {
  const closing = worker?.close(graceMs === undefined ? {} : { graceMs });
  if (retiring) return;
  // The next generation's debugger needs the port.
  if (inspector.url() !== undefined) inspector.close();
  tell({ kind: 'retiring', busy: worker?.busy ?? 0 });
  retiring = Promise.resolve(closing).then(leave, leave);
}

async function leave(): Promise<void> {
  await platform?.close();
  // What was printed last is still on its way to the pipe.
  for (const stream of [process.stdout, process.stderr]) if (stream.writableNeedDrain) await once(stream, 'drain');
  await lastWord;
  process.exit();
}

function openDebugger({ waits }: { waits: boolean }): void {
  if (inspector.url() === undefined) inspector.open(DEBUGGER_PORT, '127.0.0.1', waits);
}

function tell(message: FromDevWorker): void {
  // When the parent is gone there is nobody to tell, and this process ends.
  if (process.connected) lastWord = new Promise((resolve) => process.send?.(wrapped(message), () => resolve()));
}
