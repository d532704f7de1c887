import { randomUUID } from 'node:crypto';
import { readOwnedJobs } from '@cloudtask/core/protocol/owned-jobs';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBySuffix, readNewestStates, readOwnedStates } from '../../src/store/job-queries.ts';
import { listJobs } from '../../src/store/list-jobs.ts';
import { endFamily, storeRefreshToken, useRefreshToken } from '../../src/store/refresh-tokens.ts';
import { openTestApi, type TestApi } from './api.ts';
import { standInWorker } from './worker-stand-in.ts';

// The routes hide other people's jobs twice; this is about the first wall, the statements themselves.

let api: TestApi;
let job: Job;
let owner: string;
let stranger: string;
beforeAll(async () => {
  api = await openTestApi();
  const session = await api.register();
  owner = session.user.id;
  stranger = (await api.register()).user.id;
  job = await api.submit(session.token);
});
afterAll(() => api.close());

it('every statement that reads jobs reads those of one owner', async () => {
  const { database } = api;
  const list = { filter: {}, order: 'newest', limit: 10, scan: 10, withBodies: true } as const;
  const reads = async (userId: string) => [
    (await readOwnedJobs(database, [{ userId, id: job.id }])).length,
    (await readOwnedStates(database, [{ userId, id: job.id }])).length,
    (await readNewestStates(database, userId, 10)).length,
    (await findBySuffix(database, userId, job.id.slice(-6))).length,
    (await listJobs(database, { ...list, userId })).rows.length,
  ];
  expect(await reads(owner)).toEqual([1, 1, 1, 1, 1]);
  expect(await reads(stranger)).toEqual([0, 0, 0, 0, 0]);
});

it('one read answers for many owners, to each his own', async () => {
  const wanted = [
    { userId: stranger, id: job.id },
    { userId: owner, id: job.id },
    { userId: owner, id: randomUUID() },
  ];
  const rows = await readOwnedJobs(api.database, wanted);
  expect(rows.map(({ userId, id }) => [userId, id])).toEqual([[owner, job.id]]);
});

it("nobody ends somebody else's session with its refresh tokens", async () => {
  const familyId = randomUUID();
  const tokenHash = randomUUID();
  await storeRefreshToken(api.database, { tokenHash, userId: owner, familyId, tokenVersion: 0, lifetimeMs: 60_000 });
  await endFamily(api.database, { userId: stranger, familyId, accessLifetimeMs: 60_000 });
  expect(await useRefreshToken(api.database, tokenHash)).toMatchObject({ kind: 'used', userId: owner, familyId });
});

it('a page that searched in vain says where it stopped', async () => {
  const page = await listJobs(api.database, {
    userId: owner,
    filter: { type: ['no-such-type'] },
    order: 'newest',
    limit: 5,
    scan: 1,
    withBodies: false,
  });
  expect(page).toEqual({ rows: [], reached: job.id });
});

it('jobs with one cause are found among more of them than one look takes', async () => {
  const { token, user } = await api.register();
  const worker = await standInWorker(api.database);
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    const { id } = await api.submit(token, { type: 'test', maxAttempts: 1 });
    await worker.settle(await worker.claim(id), {
      ...{ kind: 'failed', reason: 'ERROR', name: 'Error', message: 'no' },
      ...{ retryable: false, retryDelayMs: 0 },
    });
    ids.push(id);
  }
  const { body } = await api.call<Job>('GET', `/jobs/${ids[0]}`, { token });
  const fingerprint = body.error?.fingerprint;
  const list = { userId: user.id, limit: 5, scan: 2, withBodies: false } as const;
  const found = async (order: 'newest' | 'oldest', among: string[]) =>
    (await listJobs(api.database, { ...list, order, filter: { fingerprint, ids: among } })).rows.map(({ id }) => id);
  expect(await found('oldest', ids.slice(2))).toEqual(ids.slice(2));
  expect(await found('newest', ids.slice(0, 1))).toEqual(ids.slice(0, 1));
});
