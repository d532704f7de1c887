import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ScriptReport, StandInAnswer, StandInRequest, ThreadData } from './messages.ts';

const TIMEOUT_MS = 20_000;

/**
 * Runs a k6 script as k6 does: `setup`, some iterations of one user, `teardown`. In a thread, because requests of k6 do not
 * return before they are answered: the thread sleeps while this one fetches.
 */
export async function runK6Script(
  script: string,
  { env, iterations }: { env: Record<string, string>; iterations: number },
): Promise<ScriptReport> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const woken = new Int32Array(new SharedArrayBuffer(4));
  const workerData: ThreadData = { script, env, iterations, port: theirs, woken };
  const file = join(import.meta.dirname, 'script-thread.ts');
  const thread = new Worker(file, { workerData, transferList: [theirs], execArgv: ['--conditions=source'] });
  ours.on('message', async (request: StandInRequest) => {
    ours.postMessage(await answerTo(request));
    Atomics.store(woken, 0, 1);
    Atomics.notify(woken, 0);
  });
  try {
    const [report] = (await once(thread, 'message', { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [ScriptReport];
    return report;
  } finally {
    ours.close();
    await thread.terminate();
  }
}

async function answerTo({ method, url, body, headers }: StandInRequest): Promise<StandInAnswer> {
  try {
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    return { status: answer.status, body: await answer.text(), error: '' };
  } catch (error) {
    return { status: 0, body: '', error: String((error as Error).cause ?? error) };
  }
}
