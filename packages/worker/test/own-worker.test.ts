import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { requestDrain } from '@cloudtask/core/protocol/drain-worker';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { NODE_FLAGS } from '../../../test/support/node-flags.ts';
import { OwnWorker } from '../src/create-worker.ts';
import type { WorkerEvent } from '../src/event-feed.ts';
import type { WorkerOptions } from '../src/worker-options.ts';
import { SETTINGS, TestPlatform } from './support/test-platform.ts';

const shout = defineHandler({ type: 'shout', run: (text) => `${text}!` });
const fails = defineHandler({
  type: 'fails',
  run: () => {
    throw new Error('no luck');
  },
});
const waits = defineHandler({
  type: 'waits',
  run: (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});
const lasts = defineHandler({ type: 'lasts', run: () => pause(100) });

describe('a worker inside a program', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
  });
  afterAll(() => platform.close());

  /** The platform stays open when it is closed: the next test works on it. */
  function own(options: Partial<WorkerOptions> = {}, close = async () => {}): OwnWorker {
    const whole = { handlers: [shout, fails, waits, lasts], database: '', broker: '', ...options };
    const open = async () => ({ ...platform.parts, close });
    return new OwnWorker(whole, { ...SETTINGS, databaseUrl: undefined }, open);
  }

  it('goes from idle to stopped, and does not start again', async () => {
    // A stop with nothing to do takes a few milliseconds: this one is not over before it was looked at.
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    const worker = own({}, () => looked);
    expect(worker.state).toBe('idle');
    await worker.start();
    expect(worker.state).toBe('running');
    const stopped = worker.stop();
    await eventually(() => worker.state === 'draining');
    look();
    expect(await stopped).toEqual({ completed: 0, released: 0 });
    expect(worker.state).toBe('stopped');
    await expect(worker.start()).rejects.toThrow('make another one');
  });

  it('stops with what ended meanwhile and what was given back', async () => {
    const worker = own();
    await worker.start();
    await platform.submitMany('lasts', [1, 2]);
    const released = await platform.submit('waits');
    await eventually(() => worker.running.length === 3);
    expect(worker.running.map(({ type }) => type).sort()).toEqual(['lasts', 'lasts', 'waits']);
    expect(await worker.stop({ grace: 300 })).toEqual({ completed: 2, released: 1 });
    expect(await platform.job(released)).toMatchObject({ status: 'PENDING', failures: 0 });
    await platform.query('delete from cloudtask.job_states where id = $1', [released]);
  });

  it('takes no job while it is paused', async () => {
    await using worker = own();
    await worker.start();
    worker.pause();
    expect(worker.state).toBe('paused');
    const id = await platform.submit('shout', 'hey');
    // Long enough for it to be claimed, were it not paused: others take some 10 ms.
    await pause(200);
    expect((await platform.job(id)).status).toBe('PENDING');
    worker.resume();
    await eventually(async () => {
      await platform.offerAgain('shout');
      return (await platform.job(id)).result === 'hey!';
    });
  });

  it('tells what happens, until it ends', async () => {
    const worker = own();
    const heard: WorkerEvent[] = [];
    const listening = (async () => {
      for await (const event of worker.events()) heard.push(event);
    })();
    await worker.start();
    const [good, bad] = [await platform.submit('shout', 'a'), await platform.submit('fails')];
    await platform.finished(good);
    await platform.jobWhen(bad, ({ status }) => status === 'RETRYING');
    const left = await platform.submit('waits');
    await eventually(() => worker.running.length === 1);
    await worker.stop({ grace: 0 });
    await listening;
    const kindsOf = (id: string) =>
      heard.flatMap((event) => ('jobId' in event && event.jobId === id ? event.kind : []));
    expect(kindsOf(good)).toEqual(['claimed', 'completed']);
    expect(kindsOf(bad)).toEqual(['claimed', 'failed']);
    expect(kindsOf(left)).toEqual(['claimed', 'released']);
    expect(heard.find(({ kind }) => kind === 'failed')).toMatchObject({
      error: { message: 'no luck', reason: 'ERROR' },
    });
    await platform.query('delete from cloudtask.job_states where id = $1', [left]);
  });

  it('stops when an operator drains it, says so, and leaves the program alone', async () => {
    const worker = own();
    const heard: WorkerEvent[] = [];
    const listening = (async () => {
      for await (const event of worker.events()) heard.push(event);
    })();
    await worker.start();
    const id = await platform.submit('lasts');
    await eventually(() => worker.running.length === 1);
    const [row] = await platform.query<{ id: number }>(`select id from cloudtask.workers where state = 'live'`);
    const { database, signals } = platform.parts;
    await requestDrain(database, { workerId: row?.id ?? 0, reason: 'kernel update', requestedBy: 'ada' });
    signals.ring('drains', [{ id: String(row?.id) }]);
    await eventually(() => worker.state === 'draining' || worker.state === 'stopped');
    await listening;
    expect(worker.state).toBe('stopped');
    expect(heard.map(({ kind }) => kind)).toContain('draining');
    expect(heard.find(({ kind }) => kind === 'draining')).toEqual({ kind: 'draining', reason: 'kernel update' });
    expect((await platform.job(id)).status).toBe('COMPLETED');
    expect(await worker.stop()).toMatchObject({ released: 0 });
  });

  it('drains also when it lost its lease before it heard of it', async () => {
    const worker = own();
    const drained = (async () => {
      for await (const event of worker.events()) if (event.kind === 'draining') return event.reason;
      return undefined;
    })();
    await worker.start();
    const [lost] = await platform.query<{ id: number }>(
      `update cloudtask.workers set state = 'dead', ended_at = now(), drain_requested_at = now(), drain_reason = 'kernel update'
        where state = 'live' returning id`,
    );
    platform.parts.signals.ring('drains', [{ id: String(lost?.id) }]);
    expect(await drained).toBe('kernel update');
    await eventually(() => worker.state === 'stopped');
  }, 30_000);

  it('runs what is due once, offered or not, and ends', async () => {
    const offered = await platform.submitMany('shout', ['a', 'b', 'c']);
    const owed = await platform.submitMany('shout', ['d'], { hinted: false });
    await platform.parts.broker.purge('jobs.created');
    await platform.hint('shout', offered);
    expect(await own().runOnce()).toEqual({ processed: 4 });
    for (const id of [...offered, ...owed]) expect((await platform.job(id)).status).toBe('COMPLETED');
  });

  it('does not end before a job of its type whose message another worker holds, and gives back', async () => {
    const [id = ''] = await platform.submitMany('shout', ['held']);
    await platform.parts.broker.purge('jobs.created');
    const running = own().runOnce();
    await pause(700);
    await platform.query('update cloudtask.job_states set hinted = false where id = $1', [id]);
    expect(await running).toEqual({ processed: 1 });
    expect((await platform.job(id)).status).toBe('COMPLETED');
  });

  it('lets what runs end within its grace, also when it is stopped while it runs what is due', async () => {
    const heeds = defineHandler({ type: 'heeds', run: (_, { sleep }) => sleep(1_000) });
    const stopped = own({ handlers: [heeds] });
    const id = await platform.submit('heeds');
    const running = stopped.runOnce();
    await eventually(() => stopped.running.length === 1);
    expect(await stopped.stop({ grace: '20s' })).toEqual({ completed: 1, released: 0 });
    expect(await running).toEqual({ processed: 1 });
    expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', fence: 1 });
  });

  it('runs no more than it was told to', async () => {
    const ids = await platform.submitMany('shout', ['a', 'b', 'c', 'd', 'e']);
    expect(await own().runOnce({ maxJobs: 2 })).toEqual({ processed: 2 });
    expect(await platform.count('PENDING')).toBe(3);
    await own().runOnce();
    await platform.finished(ids[4] as string);
  });

  it('does not count what it claimed by a hint of another type, and gave back', async () => {
    const [foreign] = await platform.submitMany('nobody', [1], { hinted: false });
    const [id] = await platform.submitMany('shout', ['a'], { hinted: false });
    await platform.parts.broker.purge('jobs.created');
    await platform.hint('shout', [foreign ?? '']);
    await platform.hint('shout', [id ?? '']);
    expect(await own({ concurrency: 1 }).runOnce({ maxJobs: 1 })).toEqual({ processed: 1 });
    expect(await platform.finished(id ?? '')).toMatchObject({ status: 'COMPLETED', fence: 1 });
    await platform.query('delete from cloudtask.job_states where id = $1', [foreign]);
  });

  it('runs until a promise is settled, also when that rejects', async () => {
    const worker = own({ handlers: { shout, NOT_ONE: 7 } });
    const work = (async () => (await platform.finished(await platform.submit('shout', 'x'))).result)();
    expect(await worker.runUntil(work)).toBe('x!');
    expect(worker.state).toBe('stopped');
    await expect(own().runUntil(Promise.reject(new Error('of the program')))).rejects.toThrow('of the program');
  });

  it('touches no signals unless it is told to', async () => {
    const before = process.listenerCount('SIGUSR2');
    await using quiet = own();
    await quiet.start();
    expect(process.listenerCount('SIGUSR2')).toBe(before);
    const told = own({ shutdown: { signals: ['SIGUSR2'] } });
    await told.start();
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
    await told.stop();
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });

  it('stops at a signal when it is told to, and the program ends as by the signal', async () => {
    const program = join(import.meta.dirname, 'fixtures/signalled-program.ts');
    const child = spawn(process.execPath, [...NODE_FLAGS, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [[, signal], said] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
    expect({ signal, said }).toEqual({ signal: 'SIGTERM', said: 'the worker is stopped\n' });
  }, 60_000);

  it('answers for its health only when it is told to', async () => {
    await using worker = own({ health: { port: 0 } });
    await worker.start();
    expect(worker.healthPort).toBeGreaterThan(0);
    const answer = await fetch(`http://127.0.0.1:${worker.healthPort}/health/readiness`);
    expect(await answer.json()).toEqual({ status: 'UP' });
  });
});
