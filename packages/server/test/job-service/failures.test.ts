import type { Job } from '@cloudtask/sdk/contract';
import type { FailureCause } from '@cloudtask/sdk/failures-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FailureCauseSchema } from '../../src/job-service/schemas/failure-schema.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
beforeAll(async () => {
  api = await openTestApi();
  worker = await standInWorker(api.database, { types: ['a', 'b'] });
});
afterAll(() => api.close());

async function fail(token: string, type: string, message: string): Promise<string> {
  const { id } = await api.submit(token, { type });
  await worker.settle(await worker.claim(id), {
    kind: 'failed',
    reason: 'NON_RETRYABLE',
    name: 'DiskError',
    code: 'ENOSPC',
    message,
    retryable: false,
    retryDelayMs: 0,
  });
  return id;
}

const causes = (token: string, query = '') => api.call<FailureCause[]>('GET', `/failures${query}`, { token });
const listed = async (token: string, query: string) =>
  (await api.call<Job[]>('GET', `/jobs?${query}`, { token })).body.map(({ id }) => id);

it('counts FAILED jobs by cause, the one that struck last first, with its newest error', async () => {
  const { token } = await api.register();
  const ids: string[] = [];
  for (const n of [1, 2, 3]) ids.push(await fail(token, 'a', `no space for job ${n}`));
  await fail(token, 'b', 'no space for job 4');
  const last = await fail(token, 'a', 'the network is away');
  const { body } = await causes(token);
  expect(body.map(({ type, count, newestJobId }) => [type, count, newestJobId])).toEqual([
    ['a', 1, last],
    ['b', 1, expect.any(String)],
    ['a', 3, ids[2]],
  ]);
  const job = (await api.call<Job>('GET', `/jobs/${ids[2]}`, { token })).body;
  expect(body[2]).toMatchObject({
    fingerprint: job.error?.fingerprint,
    reason: 'NON_RETRYABLE',
    error: { name: 'DiskError', code: 'ENOSPC', message: 'no space for job 3' },
    lastAt: job.finishedAt,
  });
  expect(Date.parse(body[2]?.firstAt ?? '')).toBeLessThanOrEqual(Date.parse(body[2]?.lastAt ?? ''));
  for (const cause of body) expect([...Compile(FailureCauseSchema).Errors(cause)]).toEqual([]);
  expect((await causes(token, '?type=b')).body.map(({ type }) => type)).toEqual(['b']);
  expect((await causes(token, '?type=a,b&since=1h')).body).toEqual(body);
  expect((await causes(token, `?since=${body[0]?.lastAt}`)).body.map(({ newestJobId }) => newestJobId)).toContain(last);
  expect((await causes(token, '?since=2030-01-01T00:00:00Z')).body).toEqual([]);
});

it('forgets a job that is retried, and the cause with its last job', async () => {
  const { token } = await api.register();
  const [first, second] = [await fail(token, 'a', 'one'), await fail(token, 'a', 'one')];
  await api.call('POST', `/jobs/${second}/retry`, { token });
  expect((await causes(token)).body).toMatchObject([{ count: 1, newestJobId: first }]);
  await api.call('POST', `/jobs/${first}/retry`, { token });
  expect((await causes(token)).body).toEqual([]);
});

it('shows nothing of others', async () => {
  const [{ token }, { token: stranger }] = [await api.register(), await api.register()];
  const id = await fail(token, 'a', 'mine');
  const fingerprint = (await causes(token)).body[0]?.fingerprint;
  expect((await causes(stranger)).body).toEqual([]);
  expect(await listed(stranger, `fingerprint=${fingerprint}`)).toEqual([]);
  expect(await listed(token, `fingerprint=${fingerprint}`)).toEqual([id]);
});

it('goes on from page to page, each cause once', async () => {
  const { token } = await api.register();
  for (const word of ['one', 'two', 'three', 'four', 'five']) await fail(token, 'a', word);
  const all = (await causes(token)).body;
  const seen: FailureCause[] = [];
  let next = '?limit=2';
  for (;;) {
    const { body, headers } = await causes(token, next);
    seen.push(...body);
    const link = /<\/failures([^>]*)>/.exec(String(headers['link'] ?? ''));
    if (!link) break;
    next = link[1] ?? '';
  }
  expect(seen).toEqual(all);
  expect(all).toHaveLength(5);
  const stranger = (await api.register()).token;
  for (const [by, query] of [
    [stranger, next],
    [token, '?cursor=abc'],
  ] as const) {
    expect(problemOf(await causes(by, query)).code).toBe('INVALID_CURSOR');
  }
});

it('the jobs of a cause can be listed, in pages and with other filters', async () => {
  const { token } = await api.register();
  const ids: string[] = [];
  for (const n of [1, 2, 3]) ids.push(await fail(token, 'a', `full: ${n}`));
  await fail(token, 'a', 'something else');
  const other = await fail(token, 'b', 'full: 4');
  const fingerprint = (await causes(token, '?type=b')).body[0]?.fingerprint;
  expect(await listed(token, `fingerprint=${fingerprint}`)).toEqual([other, ...ids.toReversed()]);
  expect(await listed(token, `fingerprint=${fingerprint}&type=a&order=oldest`)).toEqual(ids);
  expect(await listed(token, `fingerprint=${fingerprint}&q=full: 2`)).toEqual([ids[1]]);
  expect(await listed(token, 'fingerprint=unknown')).toEqual([]);
  const page = await api.call<Job[]>('GET', `/jobs?fingerprint=${fingerprint}&limit=3`, { token });
  const next = /<([^>]*)>/.exec(String(page.headers['link']))?.[1] ?? '';
  expect((await api.call<Job[]>('GET', next, { token })).body.map(({ id }) => id)).toEqual([ids[0]]);
});
