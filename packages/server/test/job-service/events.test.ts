import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { type Follower, followStream } from './follow-stream.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
let nowMs = Date.now();
beforeAll(async () => {
  api = await openTestApi({ clock: { now: () => nowMs } });
  worker = await standInWorker(api.database);
});
afterAll(() => api.close());

const follow = (url: string, token: string, headers?: Record<string, string>) => followStream(api, url, token, headers);
const statuses = ({ events }: Follower) => events.map(({ data }) => data.status);

describe('following a job', () => {
  it('shows where it is, each change, and ends with it', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const follower = await follow(`/jobs/${id}/events`, token);
    expect(follower.status).toBe(200);
    expect(follower.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(follower.headers['x-content-type-options']).toBe('nosniff');
    await expect.poll(() => statuses(follower)).toEqual(['PENDING']);
    const claimed = await worker.claim(id);
    await expect.poll(() => statuses(follower), { timeout: 5_000 }).toEqual(['PENDING', 'RUNNING']);
    await worker.settle(claimed, { kind: 'completed', result: 42 });
    api.signals.ring('jobs', [{ id }]);
    await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
    expect(statuses(follower)).toEqual(['PENDING', 'RUNNING', 'COMPLETED']);
    expect(follower.events.map((event) => event.id)).toEqual(['0.3', '1.1', '1.4']);
    const last = follower.events.at(-1);
    expect(last).toMatchObject({
      event: 'status',
      data: { seq: '1.4', jobId: id, kind: 'status', job: { result: 42 } },
    });
  });

  it('goes on after the event that was seen last', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const claimed = await worker.claim(id);
    const follower = await follow(`/jobs/${id}/events`, token, { 'last-event-id': '1.1' });
    await worker.settle(claimed, {
      kind: 'failed',
      reason: 'ERROR',
      name: 'E',
      message: 'm',
      retryable: true,
      retryDelayMs: 60_000,
    });
    await expect.poll(() => statuses(follower), { timeout: 5_000 }).toEqual(['RETRYING']);
    follower.close();
  });

  it('a final job is one event, and nothing at all for who has seen it', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    await worker.complete(id);
    const follower = await follow(`/jobs/${id}/events`, token);
    await expect.poll(() => follower.isOver).toBe(true);
    expect(statuses(follower)).toEqual(['COMPLETED']);
    expect((await follow(`/jobs/${id}/events`, token, { 'last-event-id': '1.4' })).status).toBe(204);
    const nonsense = await follow(`/jobs/${id}/events`, token, { 'last-event-id': 'x' });
    await expect.poll(() => statuses(nonsense)).toEqual(['COMPLETED']);
  });

  it('hears the doorbell: it does not wait for its next look', async () => {
    const { token } = await api.register();
    const delays: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const { id } = await api.submit(token);
      const follower = await follow(`/jobs/${id}/events`, token);
      await expect.poll(() => statuses(follower)).toEqual(['PENDING']);
      await worker.complete(id);
      const changedAt = performance.now();
      api.signals.ring('jobs', [{ id }]);
      await expect.poll(() => follower.isOver, { timeout: 5_000, interval: 10 }).toBe(true);
      delays.push(performance.now() - changedAt);
    }
    // It looks once a second: half of the delays would be longer than this.
    expect(delays.sort((a, b) => a - b)[4]).toBeLessThan(300);
  });

  it('many follow the same job', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const followers = await Promise.all([1, 2, 3, 4, 5].map(() => follow(`/jobs/${id}/events`, token)));
    await worker.complete(id);
    for (const follower of followers) {
      await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
      expect(statuses(follower).at(-1)).toBe('COMPLETED');
    }
  });

  it('ends when its token expires', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const realNow = nowMs;
    nowMs += 3_598_500;
    const follower = await follow(`/jobs/${id}/events`, token);
    await expect.poll(() => statuses(follower)).toEqual(['PENDING']);
    nowMs += 2_000;
    await expect.poll(() => follower.isOver, { timeout: 5_000 }).toBe(true);
    nowMs = realNow;
  });
});

async function overTheNetwork(path: string, token: string): Promise<IncomingMessage> {
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.app.server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${token}` };
  return await new Promise((resolve) => get(`http://127.0.0.1:${port}${path}`, { headers }, resolve));
}

it('an account has 500 streams at one server, and closing one makes room', async () => {
  const { token } = await api.register();
  const other = (await api.register()).token;
  const followers: Follower[] = [];
  for (let n = 0; n < 499; n += 1) followers.push(await follow('/events', token));
  const last = await overTheNetwork('/events', token);
  const refused = await api.call('GET', '/events', { token });
  expect([refused.status, problemOf(refused).code]).toEqual([429, 'TOO_MANY_STREAMS']);
  (await follow('/events', other)).close();
  last.destroy();
  await eventually(async () => {
    const next = await follow('/events', token);
    followers.push(next);
    return next.status === 200;
  });
  for (const follower of followers) follower.close();
});

describe('following all own jobs', () => {
  it('shows new jobs and changes, of nobody else', async () => {
    const session = await api.register();
    const { token } = session;
    const other = (await api.register()).token;
    const before = await api.submit(token);
    const follower = await follow('/events', token);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { id } = await api.submit(token);
    await api.submit(other);
    await worker.complete(before.id);
    await worker.complete(id);
    await expect
      .poll(
        () =>
          follower.events
            .filter(({ data }) => data.status === 'COMPLETED')
            .map(({ data }) => data.jobId)
            .sort(),
        { timeout: 10_000 },
      )
      .toEqual([before.id, id].sort());
    expect(new Set(follower.events.map(({ data }) => data.jobId))).toEqual(new Set([before.id, id]));
    const own = follower.events.filter(({ data }) => data.jobId === id);
    expect(new Set(own.map((event) => event.id)).size).toBe(own.length);
    const seen = follower.events.length;
    for (let n = 0; n < 5; n += 1) api.signals.ring('jobs', [{ id, userId: session.user.id }]);
    const { id: next } = await api.submit(token);
    await expect.poll(() => follower.events.at(-1)?.data.jobId, { timeout: 5_000 }).toBe(next);
    expect(follower.events.length).toBe(seen + 1);
    follower.close();
  });

  it('tells who comes back to list again', async () => {
    const { token } = await api.register();
    const follower = await follow('/events', token, { 'last-event-id': '3.1' });
    await expect.poll(() => follower.events.map(({ event }) => event)).toEqual(['reset']);
    follower.close();
  });

  it('needs a token', async () => {
    expect((await api.call('GET', '/events')).status).toBe(401);
  });
});
