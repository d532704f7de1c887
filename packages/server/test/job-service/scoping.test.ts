import { randomUUID } from 'node:crypto';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';

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

/** Routes that show nothing of anybody: each is a decision. */
const PUBLIC = [
  'GET /actuator/health',
  'GET /actuator/health/liveness',
  'GET /actuator/health/readiness',
  'GET /actuator/info',
  'GET /actuator/prometheus',
  'GET /openapi.json',
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/register',
];
/** Routes about the caller alone, without an id in their address. */
const OWN = [
  'GET /auth/me',
  'GET /events',
  'GET /failures',
  'GET /jobs',
  'GET /jobs/actions',
  'POST /auth/logout',
  'POST /jobs',
  'POST /jobs/actions',
  'POST /jobs/batch',
];

function routes(kind: 'public' | 'own' | 'byId'): string[] {
  return [...api.app.knownRoutes.values()]
    .filter(({ url, isPublic }) => kind === (isPublic ? 'public' : url.includes('/:id') ? 'byId' : 'own'))
    .flatMap(({ url, methods }) =>
      [...methods].filter((method) => method !== 'HEAD').map((method) => `${method} ${url}`),
    )
    .sort();
}

describe('every route', () => {
  it('is known to this test', () => {
    expect(routes('public')).toEqual(PUBLIC);
    expect(routes('own')).toEqual(OWN);
  });

  it('needs a token unless it is public', async () => {
    for (const route of [...routes('own'), ...routes('byId')]) {
      const [method = '', url = ''] = route.split(' ');
      const answer = await api.call(method, url.replace(':id', job.id), { body: method === 'GET' ? undefined : {} });
      expect([route, answer.status, problemOf(answer).code]).toEqual([route, 401, 'UNAUTHENTICATED']);
    }
  });

  it("answers for somebody else's job as for one that does not exist", async () => {
    expect(routes('byId').length).toBeGreaterThanOrEqual(4);
    for (const route of routes('byId')) {
      const [method = '', url = ''] = route.split(' ');
      const ask = async (id: string) => {
        const answer = await api.call(method, url.replace(':id', id), { token: stranger });
        const { requestId: _, timestamp: __, ...problem } = problemOf(answer);
        return JSON.stringify({ status: answer.status, problem }).replaceAll(id, 'ID');
      };
      const unknown = randomUUID();
      expect(await ask(job.id)).toBe(await ask(unknown));
      expect(JSON.parse(await ask(job.id)).status).toBe(404);
    }
    expect((await api.call<Job>('GET', `/jobs/${job.id}`, { token: owner })).body.status).toBe('PENDING');
  });
});

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
