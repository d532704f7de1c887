import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { type LogEntry, writeJournal } from '@cloudtask/core/protocol/journal';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { withQuery } from '../../../../test/support/with-query.ts';
import { openTestApi, type TestApi } from './api.ts';
import { type Follower, followStream } from './follow-stream.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
let token: string;
let reads = 0;
let beforeRead: (() => Promise<unknown>) | undefined;
beforeAll(async () => {
  const database = await openPgliteInMemory();
  await migrate(database);
  const watched = withQuery(database, async (name, query) => {
    if (name !== 'journal_entries') return await query();
    reads += 1;
    const before = beforeRead;
    beforeRead = undefined;
    await before?.();
    return await query();
  });
  api = await openTestApi({ database: watched });
  worker = await standInWorker(database);
  token = (await api.register()).token;
  return () => database.close();
});
afterAll(() => api.close());

type Claimed = Awaited<ReturnType<StandIn['claim']>>;
const entry = (n: number, message = `line ${n}`): LogEntry => ({ n, at: 0, level: 'info', message, fields: null });
const percent = (n: number) => ({ n, percent: n, message: null, data: null });

async function say({ id, fence, claimToken, attempt }: Claimed, page: object): Promise<void> {
  await writeJournal(api.database, [{ jobId: id, fence, claimToken, attempt, logs: [], ...page }]);
  api.signals.ring('journals', [{ id }]);
}

async function end(claimed: Claimed, outcome: Parameters<StandIn['settle']>[1]): Promise<void> {
  await worker.settle(claimed, outcome);
  api.signals.ring('jobs', [{ id: claimed.id }]);
}

async function follow(id: string, { after, query = '' }: { after?: string; query?: string } = {}): Promise<Follower> {
  const headers = after === undefined ? {} : { 'last-event-id': after };
  const follower = await followStream(api, `/jobs/${id}/events${query}`, token, headers);
  onTestFinished(() => follower.close());
  return follower;
}

const idsOf = ({ events }: Follower) => events.map(({ id }) => id);
const seenBy = (follower: Follower) => expect.poll(() => idsOf(follower), { timeout: 5_000 });

describe('the events of a job', () => {
  it('are its statuses, and between them what its attempts say', async () => {
    const { id } = await api.submit(token);
    const follower = await follow(id);
    await seenBy(follower).toEqual(['0.3']);
    const claimed = await worker.claim(id);
    await say(claimed, { logs: [entry(1), entry(3)], progress: percent(2) });
    await seenBy(follower).toEqual(['0.3', '1.1', '1.1.1', '1.1.2', '1.1.3']);
    await say(claimed, { logs: [entry(4)], progress: percent(7) });
    await end(claimed, { kind: 'completed', result: 42 });
    await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
    expect(idsOf(follower).slice(5)).toEqual(['1.1.4', '1.1.7', '1.4']);
    const [, , line, progress] = follower.events;
    expect(line).toMatchObject({
      event: 'log',
      data: { seq: '1.1.1', at: '1970-01-01T00:00:00.000Z', jobId: id, kind: 'log', attempt: 1, message: 'line 1' },
    });
    expect(progress).toMatchObject({
      event: 'progress',
      data: { kind: 'progress', jobId: id, percent: 2, data: null },
    });
    expect(follower.events.at(-1)).toMatchObject({ data: { job: { progress: { percent: 7 } } } });
  });

  it('are seen without the doorbell too', async () => {
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    const follower = await follow(id);
    await seenBy(follower).toEqual(['1.1']);
    await writeJournal(api.database, [{ ...claimed, jobId: id, logs: [entry(1)] }]);
    await seenBy(follower).toEqual(['1.1', '1.1.1']);
  });

  it('go on after any of them, also after one from before there were entries', async () => {
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    await say(claimed, { logs: [entry(1), entry(2), entry(4)], progress: percent(3) });
    await end(claimed, { kind: 'interrupted', started: true });
    const again = await worker.claim(id);
    await say(again, { logs: [entry(1)] });
    await end(again, { kind: 'completed', result: 1 });
    const all = ['1.1.1', '1.1.2', '1.1.3', '1.1.4', '2.1.1', '2.4'];
    for (const [index, after] of [...all, '1.1', '1.3', '2.1'].entries()) {
      const follower = await follow(id, { after });
      if (after === '2.4') {
        expect(follower.status).toBe(204);
        continue;
      }
      await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
      const expected = { '1.1': all, '1.3': all.slice(4), '2.1': all.slice(4) }[after] ?? all.slice(index + 1);
      expect([after, idsOf(follower)]).toEqual([after, expected]);
    }
  });

  it('begin with the job as it is, or on request with all that was ever said', async () => {
    const { id } = await api.submit(token);
    const first = await worker.claim(id);
    await say(first, { logs: [entry(1)] });
    await end(first, { kind: 'interrupted', started: true });
    await seenBy(await follow(id)).toEqual(['1.3']);
    const second = await worker.claim(id);
    await say(second, { logs: [entry(1)] });
    await seenBy(await follow(id)).toEqual(['2.1', '2.1.1']);
    await seenBy(await follow(id, { query: '?from=start' })).toEqual(['1.1.1', '2.1', '2.1.1']);
    await end(second, { kind: 'completed', result: 1 });
    await seenBy(await follow(id)).toEqual(['2.4']);
    await seenBy(await follow(id, { query: '?from=start' })).toEqual(['1.1.1', '2.1.1', '2.4']);
    await seenBy(await follow(id, { query: '?from=start', after: '2.1' })).toEqual(['2.1.1', '2.4']);
  });

  it('come without the log for whom it does not interest', async () => {
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    await say(claimed, { logs: [entry(1), entry(3)], progress: percent(2) });
    await seenBy(await follow(id, { query: '?logs=false' })).toEqual(['1.1', '1.1.2']);
    await end(claimed, { kind: 'completed', result: 1 });
    await seenBy(await follow(id, { query: '?logs=false', after: '1.1' })).toEqual(['1.1.2', '1.4']);
  });

  it('hold nothing of an attempt back or before its turn when the job moves on while they are read', async () => {
    const { id } = await api.submit(token);
    const first = await worker.claim(id);
    await say(first, { logs: [entry(1)] });
    // Between the read of the state and the read of the entries: the rest of this attempt, its end, and the next one.
    beforeRead = async () => {
      await say(first, { logs: [entry(2)] });
      await end(first, { kind: 'interrupted', started: true });
      const second = await worker.claim(id);
      await say(second, { logs: [entry(1)] });
      await end(second, { kind: 'completed', result: 1 });
    };
    const follower = await follow(id);
    await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
    // Whether the second attempt was seen while it ran is a matter of moments.
    const ids = idsOf(follower).filter((seq) => seq !== '2.1');
    expect(ids).toEqual(['1.1', '1.1.1', '1.1.2', '2.1.1', '2.4']);
  });

  it('are read again when the database was away', async () => {
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    await say(claimed, { logs: [entry(1)] });
    await end(claimed, { kind: 'completed', result: 1 });
    beforeRead = () => Promise.reject(new Error('away'));
    const follower = await follow(id, { after: '1.1' });
    await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
    expect(idsOf(follower)).toEqual(['1.1.1', '1.4']);
  });

  it('are not gathered for a client that does not read, and are all there when it does', async () => {
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    const text = 'x'.repeat(16_000);
    for (let page = 0; page < 15; page += 1) {
      await say(claimed, { logs: Array.from({ length: 100 }, (_, at) => entry(page * 100 + at + 1, text)) });
    }
    await end(claimed, { kind: 'completed', result: 1 });
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = api.app.server.address() as AddressInfo;
    const before = reads;
    const headers = { authorization: `Bearer ${token}`, 'last-event-id': '1.1' };
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(`http://127.0.0.1:${port}/jobs/${id}/events`, { headers }, resolve);
    });
    response.pause();
    // 24 MB are 30 reads of 50 lines; what the buffers of both ends hold is less.
    await eventually(() => reads > before);
    const stalledAt = await settled(() => reads);
    expect(stalledAt - before).toBeLessThan(20);
    let received = '';
    response.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    response.resume();
    await new Promise((resolve) => response.once('end', resolve));
    const ids = [...received.matchAll(/^id: (.*)$/gm)].map(([, seq]) => seq);
    expect(ids).toEqual([...Array.from({ length: 1_500 }, (_, at) => `1.1.${at + 1}`), '1.4']);
  }, 30_000);
});

/** The number once it has stopped growing for half a second. */
async function settled(read: () => number): Promise<number> {
  let last = read();
  let since = performance.now();
  return await eventually(() => {
    if (read() !== last) since = performance.now();
    last = read();
    return performance.now() - since > 500 && last;
  });
}
