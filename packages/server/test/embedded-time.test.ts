import { rm } from 'node:fs/promises';
import { moveClock } from '@cloudtask/core/database/moved-clock';
import { rescueForgotten } from '@cloudtask/core/protocol/rescue';
import { API_TOKEN_SCOPES, type NewApiToken } from '@cloudtask/sdk';
import type { Job } from '@cloudtask/sdk/contract';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { RetryLater } from '@cloudtask/sdk/handler-errors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, apiWith, registeredApi } from '../../../test/support/api.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { ownFolder } from '../../../test/support/own-folder.ts';
import { type Embedded, startEmbedded } from '../src/embedded.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let release = Promise.withResolvers<void>();
const handlers = [
  defineHandler({
    type: 'later',
    run: (_payload, { attempt }) => {
      if (attempt === 1) throw new RetryLater('2h');
      return attempt;
    },
  }),
  defineHandler({ type: 'quick', run: () => 'done' }),
  defineHandler({ type: 'waits', run: () => release.promise.then(() => 'waited') }),
];

describe('the time of an embedded platform', { timeout: 60_000 }, () => {
  let folder: string;
  let platform: Embedded;
  let api: Api;
  beforeAll(async () => {
    folder = await ownFolder('embedded-time');
  });
  beforeEach(async () => {
    release = Promise.withResolvers<void>();
    platform = await startEmbedded({ port: 0, dataDir: folder, handlers });
    api = await lastingApi(platform.url);
  });
  afterEach(async () => {
    release.resolve();
    await platform.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function submit(job: object): Promise<string> {
    const answer = await api.submit(job);
    expect(answer.status).toBe(201);
    return ((await answer.json()) as Job).id;
  }
  const jobIs = (id: string, status: Job['status']) =>
    eventually(async () => {
      const job = await api.job(id);
      return job.status === status && job;
    });

  it('has nothing to skip to where nothing waits for a time', async () => {
    expect(await platform.nextTimer()).toBeUndefined();
    expect(await platform.skipToNext()).toBeUndefined();
  });

  it('goes on to the next retry at once, and by no more than that', async () => {
    const id = await submit({ type: 'later' });
    await jobIs(id, 'RETRYING');
    const next = await platform.nextTimer();
    expect(next).toMatchObject({ what: 'retry', at: expect.any(Date) });
    expect(Math.abs((next?.byMs ?? 0) - 2 * HOUR)).toBeLessThan(10_000);
    const before = platform.platform.clock.now();
    expect(await platform.skipToNext()).toMatchObject({ what: 'retry' });
    expect(platform.platform.clock.now() - before).toBeGreaterThan(2 * HOUR - 10_000);
    expect(platform.platform.clock.now() - before).toBeLessThan(2 * HOUR + 10_000);
    expect(await jobIs(id, 'COMPLETED')).toMatchObject({ result: 2 });
  });

  it('goes from one thing that is due to the next, in their order', async () => {
    const answer = await api.post('/schedules', { name: `hourly-${Date.now()}`, cron: '0 * * * *', type: 'quick' });
    expect(answer.status).toBe(201);
    const { id: schedule } = (await answer.json()) as { id: string };
    const delayed = await submit({ type: 'quick', delay: '3h' });
    const seen: (string | undefined)[] = [];
    do seen.push((await platform.skipToNext())?.what);
    while (seen.at(-1) === 'schedule' && seen.length < 6);
    expect(seen).toEqual(['schedule', 'schedule', 'schedule', 'delayed job']);
    await jobIs(delayed, 'COMPLETED');
    expect((await api.post(`/schedules/${schedule}/pause`)).ok).toBe(true);
    expect(await platform.nextTimer()).toBeUndefined();
  });

  it('does not touch a job that runs, nor its worker, however far it goes', async () => {
    const running = await submit({ type: 'waits', timeout: '1h' });
    await jobIs(running, 'RUNNING');
    const delayed = await submit({ type: 'quick', delay: '3d' });
    await jobIs(delayed, 'SCHEDULED');
    // What its scheduler does at once: the next heartbeat would come too late for it.
    await moveClock(platform.platform.database, 3 * DAY);
    const silent = `select name from cloudtask.workers where state = 'live' and heartbeat_at < cloudtask.clock() - interval '15 s'`;
    expect(await platform.platform.database.query({ name: '', text: silent }, [])).toEqual([]);
    expect(await rescueForgotten(platform.platform.database)).toEqual([]);
    await jobIs(delayed, 'COMPLETED');
    release.resolve();
    const job = await jobIs(running, 'COMPLETED');
    expect(job).toMatchObject({ attempt: 1, result: 'waited' });
    const tookMs = Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '');
    expect(tookMs).toBeLessThan(HOUR);
  });

  it('never goes back: the next start goes on from there, and says how far that is', async () => {
    await moveClock(platform.platform.database, 30 * DAY);
    await platform.platform.clock.measure();
    const id = await submit({ type: 'later' });
    const waiting = await jobIs(id, 'RETRYING');
    const { token } = api;
    await platform.close();
    platform = await startEmbedded({ port: 0, dataDir: folder, handlers });
    expect(platform.clockAheadMs).toBeGreaterThan(30 * DAY);
    expect(platform.platform.clock.now() - Date.now()).toBeGreaterThan(30 * DAY);
    api = apiWith(platform.url, token);
    expect((await api.job(id)).createdAt).toBe(waiting.createdAt);
    const next = await platform.nextTimer();
    expect(next?.byMs).toBeLessThan(2 * HOUR);
    await platform.skipToNext();
    await jobIs(id, 'COMPLETED');
  });

  it('cannot be moved back', async () => {
    await expect(moveClock(platform.platform.database, -1)).rejects.toThrow('time only goes on');
  });
});

/** An access token would expire while the time moves on. */
async function lastingApi(url: string): Promise<Api> {
  const body = { name: 'test', scopes: API_TOKEN_SCOPES.filter((scope) => scope !== 'operator') };
  const made = await (await registeredApi(url)).post('/auth/tokens', body);
  return apiWith(url, ((await made.json()) as NewApiToken).token);
}

describe('an embedded platform without a worker', () => {
  it('takes jobs and runs none', { timeout: 60_000 }, async () => {
    const folder = await ownFolder('embedded-idle');
    const platform = await startEmbedded({ port: 0, dataDir: folder, worker: false });
    try {
      const api = await registeredApi(platform.url);
      const answer = await api.submit({ type: 'sleep', payload: { seconds: 0 } });
      expect(answer.status).toBe(201);
      const [counted] = await platform.platform.database.query<{ workers: number }>(
        { name: '', text: 'select count(*) as workers from cloudtask.workers' },
        [],
      );
      expect(counted).toEqual({ workers: 0 });
    } finally {
      await platform.close();
      await rm(folder, { recursive: true });
    }
  });
});
