import { CloudTask, type Job, type JobStreamEvent } from '@cloudtask/sdk';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { aJob, answer, type Play, playServer } from '../../sdk/test/support/play-server.ts';
import { followJobs } from '../src/watch/follow-jobs.ts';
import { noteReconnects } from '../src/watch/note-reconnects.ts';
import { type WatchWish, wishFor } from '../src/watch/watch-wish.ts';

const idOf = (nth: number) => `0199d0f4-0000-7000-8000-${String(nth).padStart(12, '0')}`;
const range = (count: number) => Array.from({ length: count }, (_, nth) => idOf(nth));

/** A server of jobs that end when the test says so; it counts the streams that are open. */
async function jobServer(ids: readonly string[], more: Record<string, Play> = {}) {
  const jobs = new Map(ids.map((id) => [id, aJob({ id, status: 'RUNNING', attempt: 1 })]));
  const listeners = new Map<string, (job: Job) => void>();
  const opened = { now: 0, most: 0 };
  const open =
    (name: string): Play =>
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      if (name !== 'all') opened.most = Math.max(opened.most, ++opened.now);
      let seq = 0;
      const tell = (job: Job) => {
        const event = { seq: `${++seq}`, at: job.updatedAt, jobId: job.id, kind: 'status', status: job.status, job };
        response.write(`id: ${seq}\nevent: status\ndata: ${JSON.stringify(event)}\n\n`);
        if (name !== 'all' && job.status === 'COMPLETED') response.end();
      };
      listeners.set(name, tell);
      response.on('close', () => {
        listeners.delete(name);
        if (name !== 'all') opened.now--;
      });
      const job = jobs.get(name);
      if (job) tell(job);
    };
  const routes: Record<string, Play> = { 'GET /events': open('all'), ...more };
  for (const id of ids) {
    routes[`GET /jobs/${id}/events`] = open(id);
    routes[`GET /jobs/${id}`] = (_, response) => answer(response, 200, jobs.get(id));
  }
  const server = await playServer(routes);
  const ct = new CloudTask({ url: server.url, auth: 't' });
  onTestFinished(async () => {
    await ct.close();
    await server.close();
  });
  return {
    ct,
    server,
    opened,
    hears: (name: string) => listeners.has(name),
    tell(job: Job) {
      jobs.set(job.id, job);
      for (const name of [job.id, 'all']) listeners.get(name)?.(job);
    },
  };
}

function follow(ct: CloudTask, wish: WatchWish) {
  const events: JobStreamEvent[] = [];
  const controller = new AbortController();
  const ended = followJobs(ct, { wish, signal: controller.signal, onEvent: (event) => void events.push(event) });
  ended.catch(() => {});
  return { events, ended, stop: () => controller.abort() };
}

const ended = (id: string, status: Job['status'] = 'COMPLETED') =>
  aJob({ id, status, attempt: 1, updatedAt: '2026-11-23T12:00:09.000Z' });

test('more jobs than streams: at most 50 are open, the others are heard of with one for all', async () => {
  const ids = range(70);
  const { ct, tell, hears, opened } = await jobServer(ids);
  const watch = follow(ct, wishFor(ids));
  await eventually(() => opened.now === 50 && hears('all'));
  // One without a stream ends, and so do all that have one.
  tell(ended(idOf(69)));
  await eventually(() => watch.events.some(({ jobId }) => jobId === idOf(69)));
  for (const id of ids.slice(0, 69)) tell(ended(id));
  await eventually(() => watch.events.length >= 70);
  const jobs = await watch.ended;
  expect(jobs.map(({ id }) => id)).toEqual(ids);
  expect(opened.most).toBe(50);
});

test('each change is told once, whichever way it came', async () => {
  const [id = ''] = range(1);
  const list: Play = (_, response) => answer(response, 200, [aJob({ id, status: 'RUNNING', attempt: 1 })]);
  const { ct, tell, hears } = await jobServer([id], { 'GET /jobs': list });
  const which = { kind: 'matches', filter: { type: 'email' }, limit: 10, isOpen: false } as const;
  const watch = follow(ct, { which, logs: false, from: 'now', failFast: false });
  await eventually(() => hears(id) && hears('all'));
  tell(ended(id));
  await watch.ended;
  const told = watch.events.map((event) => event.kind === 'status' && event.status);
  expect(told).toEqual(['RUNNING', 'COMPLETED']);
});

test('an open watch takes new jobs in, leaves old ones out, and ends with its signal only', async () => {
  const [old = '', member = '', fresh = ''] = range(3);
  const list: Play = (_, response) =>
    answer(response, 200, [{ ...ended(member), createdAt: '2026-11-23T12:00:05.000Z' }]);
  const { ct, tell, hears } = await jobServer([fresh], { 'GET /jobs': list });
  const which = { kind: 'matches', filter: { type: 'email,other' }, limit: 10, isOpen: true } as const;
  const watch = follow(ct, { which, logs: false, from: 'now', failFast: false });
  await eventually(() => hears('all') && watch.events.length === 1);
  tell({ ...ended(old), createdAt: '2026-11-23T12:00:01.000Z' });
  tell({ ...aJob({ id: idOf(9), type: 'unwanted' }), createdAt: '2026-11-23T12:00:08.000Z' });
  tell({ ...ended(fresh), createdAt: '2026-11-23T12:00:08.000Z' });
  await eventually(() => watch.events.length === 2);
  expect(watch.events.map(({ jobId }) => jobId)).toEqual([member, fresh]);
  watch.stop();
  await expect(watch.ended).rejects.toThrow();
});

test('fail fast: the first job that does not complete is the end', async () => {
  const ids = range(3);
  const { ct, tell, hears } = await jobServer(ids);
  const watch = follow(ct, wishFor(ids, { failFast: true }));
  await eventually(() => ids.every(hears));
  tell(ended(idOf(0)));
  tell(ended(idOf(1), 'FAILED'));
  const jobs = await watch.ended;
  expect(jobs.map(({ status }) => status)).toContain('FAILED');
});

test('a job that there is not ends the watch of all', async () => {
  const ids = range(2);
  const { ct } = await jobServer(ids.slice(0, 1));
  await expect(follow(ct, wishFor(ids)).ended).rejects.toMatchObject({ status: 404 });
});

test('no jobs are all done', async () => {
  const list: Play = (_, response) => answer(response, 200, []);
  const { ct } = await jobServer([], { 'GET /jobs': list });
  const which = { kind: 'matches', filter: {}, limit: 10, isOpen: false } as const;
  expect(await follow(ct, { which, logs: false, from: 'now', failFast: false }).ended).toEqual([]);
});

describe('a lost stream', () => {
  const stream = { operation: 'jobs.watch', method: 'GET', url: 'u', attempt: 0, durationMs: 1, status: 200 };
  const begin = () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const said: string[] = [];
    const { hooks, ...reconnects } = noteReconnects((text) => said.push(text));
    const asks = () => hooks.onRequest?.(stream);
    const opens = () => hooks.onResponse?.(stream as never);
    asks();
    opens();
    reconnects.saw();
    return { said, asks, opens, ...reconnects };
  };

  test('is said when it is not back at once, and once with what it had missed when it is', () => {
    const { said, asks, opens, saw } = begin();
    asks();
    vi.advanceTimersByTime(900);
    expect(said).toEqual([]);
    asks();
    vi.advanceTimersByTime(200);
    expect(said).toEqual(['— connection lost, trying again']);
    opens();
    saw();
    saw();
    vi.advanceTimersByTime(400);
    saw();
    expect(said.slice(1)).toEqual(['— reconnected, 2 events replayed']);
  });

  test('that is back at the end of the watch is said too, and the first connection is no news', () => {
    const { said, asks, opens, saw, close } = begin();
    close();
    expect(said).toEqual([]);
    asks();
    opens();
    saw();
    close();
    close();
    vi.advanceTimersByTime(5_000);
    expect(said).toEqual(['— reconnected, 1 event replayed']);
  });
});
