import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, type TestApi } from './api.ts';

let api: TestApi;
let owner: string;
let stranger: string;
let job: Job;
beforeAll(async () => {
  api = await openTestApi();
  owner = (await api.register('owner')).token;
  stranger = (await api.register('stranger')).token;
  job = await api.submit(owner, { type: 'secret-type', payload: 'secret', tags: ['secret-tag'] });
});
afterAll(() => api.close());

// What single addresses show to whom: authorization.test.ts.
describe('a list', () => {
  it.each(['', 'type=secret-type', 'tag=secret-tag', 'q=secret', 'status=PENDING', 'order=oldest', 'since=1h'])(
    'with %j shows nothing of others',
    async (query) => {
      expect((await api.call<Job[]>('GET', `/jobs?${query}`, { token: stranger })).body).toEqual([]);
      expect((await api.call<Job[]>('GET', `/jobs?${query}`, { token: owner })).body).toHaveLength(1);
    },
  );

  it('finds no short reference of others', async () => {
    const find = async (token: string) =>
      (await api.call<Job[]>('GET', `/jobs?ref=${job.id.slice(-6)}`, { token })).body.length;
    expect([await find(stranger), await find(owner)]).toEqual([0, 1]);
  });
});
