import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { type Command, type Guarded, spawnGuarded } from './guarded-process.ts';
import { NODE_FLAGS } from './node-flags.ts';

const root = join(import.meta.dirname, '../..');

const ENTRIES = {
  'job-service': 'packages/server/src/bin/job-service.ts',
  worker: 'packages/worker/src/bin/worker.ts',
  'results-processor': 'packages/server/src/bin/results-processor.ts',
  scheduler: 'packages/server/src/bin/scheduler.ts',
  embedded: 'packages/server/src/bin/cloudtask-embedded.ts',
} as const;
export type ServiceName = keyof typeof ENTRIES;

/** A CloudTask service in a process of its own, from source. */
export interface CloudTaskProcess {
  readonly name: ServiceName;
  readonly pid: number;
  /** What its ready line named. */
  readonly url: string;
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a service and waits for its ready line. */
export async function startService(
  name: ServiceName,
  env: Record<string, string>,
  args: readonly string[] = [],
  options: Pick<Command, 'keepChars'> = {},
): Promise<CloudTaskProcess> {
  const running = spawnService(name, env, args, options);
  const seen = await eventually(() => readyLine(running) ?? (running.hasEnded() ? ENDED : undefined), {
    timeoutMs: 60_000,
    describe: () => `${name}: ${running.output() || 'no output'}`,
  });
  if (seen === ENDED) throw new Error(`${name} ended before it was ready: ${running.output() || 'no output'}`);
  return {
    name,
    pid: running.pid,
    url: /https?:\/\/[^\s/]+/.exec(seen)?.[0] ?? '',
    output: running.output,
    signal: running.signal,
    end: running.end,
  };
}

/** Starts a service that may well refuse to start. */
export function spawnService(
  name: ServiceName,
  env: Record<string, string>,
  args: readonly string[] = [],
  options: Pick<Command, 'keepChars'> = {},
): Guarded {
  return spawnGuarded({
    command: process.execPath,
    args: [...NODE_FLAGS, join(root, ENTRIES[name]), ...args],
    env: { CLOUDTASK_LOG_LEVEL: 'warn', ...env },
    ...options,
  });
}

const ENDED = Symbol('ended');

function readyLine(running: Guarded): string | undefined {
  return running
    .output()
    .split('\n')
    .find((line) => / ready\b.* https?:\/\//.test(line));
}
