import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How jobs come in: `bulk` in batches of 500 (or 500 at a time), `single` one by one from 64 callers. */
export type Mode = 'bulk' | 'single';
export const CALLERS = { bulk: 500, single: 64 } as const satisfies Record<Mode, number>;

export interface Urls {
  database: string;
  broker: string;
}

/** What a contestant's two processes are told, and what they answer. */
export type Order = { do: 'submit'; mode: Mode; jobs: number } | { do: 'count' } | { do: 'stop' };
export type Answer = { submitted: number } | { finished: number };

export interface Contestant {
  readonly name: string;
  readonly pids: readonly number[];
  submit(mode: Mode, jobs: number): Promise<void>;
  /** Jobs whose result has been stored since the start. */
  finished(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a contestant: a client and a worker, each a process of its own, so that their CPU time can be told apart. */
export async function startContestant(name: 'naive' | 'cloudtask', urls: Urls): Promise<Contestant> {
  const worker = await startProcess(`./systems/${name}-worker.ts`, urls);
  const client = await startProcess(`./systems/${name}-client.ts`, urls);
  return {
    name,
    pids: [client, worker].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    submit: async (mode, jobs) => void (await ask(client, { do: 'submit', mode, jobs })),
    finished: async () => {
      const answer = await ask(worker, { do: 'count' });
      return 'finished' in answer ? answer.finished : 0;
    },
    close: async () => {
      await Promise.all([client, worker].map(stop));
    },
  };
}

/** In a contestant's process: obeys orders until it is told to stop. */
export function obey(orders: {
  submit?: (mode: Mode, jobs: number) => Promise<void>;
  count?: () => Promise<number>;
  stop: () => Promise<void>;
}): void {
  process.on('message', async (order: Order) => {
    if (order.do === 'submit') {
      await orders.submit?.(order.mode, order.jobs);
      process.send?.({ submitted: order.jobs } satisfies Answer);
    } else if (order.do === 'count') {
      process.send?.({ finished: (await orders.count?.()) ?? 0 } satisfies Answer);
    } else {
      await orders.stop();
      process.disconnect();
    }
  });
  process.send?.('ready');
}

async function startProcess(file: string, urls: Urls): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(urls)], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  });
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (message !== 'ready') throw new Error(`${file} ended with code ${String(message)} before it was ready`);
  return child;
}

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(order);
  return (await answer)[0] as Answer;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.send({ do: 'stop' } satisfies Order);
  await ended;
}
