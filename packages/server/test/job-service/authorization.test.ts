import { randomUUID } from 'node:crypto';
import type { ApiTokenScope, Job, NewApiToken } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Need } from '../../src/job-service/auth/need.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

/** Every route and what it asks of its caller: each line is a decision, and a route that is not here fails the build. */
const ROUTES: Record<string, Need | 'public'> = {
  'DELETE /auth/tokens/:id': 'session',
  'GET /actuator/health': 'public',
  'GET /actuator/health/liveness': 'public',
  'GET /actuator/health/readiness': 'public',
  'GET /actuator/info': 'public',
  'GET /actuator/prometheus': 'public',
  'GET /auth/me': 'anyToken',
  'GET /auth/tokens': 'session',
  'GET /events': 'jobs:read',
  'GET /jobs': 'jobs:read',
  'GET /jobs/:id': 'jobs:read',
  'GET /jobs/:id/events': 'jobs:read',
  'GET /jobs/:id/explain': 'jobs:read',
  'GET /openapi.json': 'public',
  'GET /queues': 'operator',
  'GET /stats': 'operator',
  'GET /types': 'jobs:read',
  'GET /workers': 'operator',
  'POST /auth/login': 'public',
  'POST /auth/logout': 'session',
  'POST /auth/password': 'session',
  'POST /auth/refresh': 'public',
  'POST /auth/register': 'public',
  'POST /auth/tokens': 'session',
  'POST /jobs': 'jobs:write',
  'POST /jobs/:id/cancel': 'jobs:write',
  'POST /jobs/:id/retry': 'jobs:write',
  'POST /jobs/batch': 'jobs:write',
  'POST /queues/:name/pause': 'operator',
  'POST /queues/:name/resume': 'operator',
};
const GUARDED = Object.entries(ROUTES).filter((entry): entry is [string, Need] => entry[1] !== 'public');

let api: TestApi;
/** On embedded the first account is an operator. */
let operator: string;
let stranger: string;
let job: Job;
let apiToken: NewApiToken;
beforeAll(async () => {
  api = await openTestApi();
  operator = (await api.register('owner')).token;
  stranger = (await api.register('stranger')).token;
  job = await api.submit(operator, { type: 'secret-type', payload: 'secret', tags: ['secret-tag'] });
  apiToken = await makeToken(operator, ['jobs:read']);
});
afterAll(() => api.close());

async function makeToken(owner: string, scopes: ApiTokenScope[]): Promise<NewApiToken> {
  const body = { name: randomUUID(), scopes };
  const answer = await api.call<NewApiToken>('POST', '/auth/tokens', { token: owner, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

/** Calls a route with ids of the owner's things. */
async function ask(route: string, token: string | undefined, ids = { ':id': job.id, ':name': 'default' }) {
  const [method = '', url = ''] = route.split(' ');
  const address = Object.entries(ids).reduce((text, [name, id]) => text.replace(name, id), url);
  const answer = await api.call(method, address, { token, body: method === 'POST' ? {} : undefined });
  return { status: answer.status, code: problemOf(answer)?.code, answer };
}

describe('every route', () => {
  it('is known to this test, with what it asks of its caller', () => {
    const declared = [...api.app.knownRoutes.values()].flatMap(({ url, methods }) =>
      [...methods].filter(([method]) => method !== 'HEAD').map(([method, need]) => [`${method} ${url}`, need]),
    );
    expect(Object.fromEntries(declared)).toEqual(ROUTES);
  });

  it.each(GUARDED)('%s refuses who has no token, and who has one that is nobody', async (route) => {
    expect(await ask(route, undefined)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await ask(route, 'nonsense')).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
    expect(await ask(route, `ctt_${'A'.repeat(43)}`)).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
  });

  it.each(GUARDED)('%s refuses an API token that has expired', async (route) => {
    const { id, token } = await makeToken(operator, ['jobs:write', 'schedules:write', 'operator']);
    await api.database.kysely
      .updateTable('cloudtask.api_tokens')
      .set({ expires_at: new Date(0) })
      .where('id', '=', id)
      .execute();
    expect(await ask(route, token)).toMatchObject({ status: 401 });
  });

  it.each(GUARDED.filter(([, need]) => need !== 'anyToken'))(
    '%s (%s) refuses an API token without that scope',
    async (route, need) => {
      const all: ApiTokenScope[] = ['jobs:read', 'jobs:write', 'schedules:read', 'schedules:write', 'operator'];
      const wrong = all.filter((scope) => scope !== need && !(need === 'jobs:read' && scope === 'jobs:write'));
      const { token } = await makeToken(operator, wrong);
      const code = need === 'session' ? 'SESSION_REQUIRED' : 'INSUFFICIENT_SCOPE';
      expect(await ask(route, token)).toMatchObject({ status: 403, code });
    },
  );

  it.each(GUARDED.filter(([, need]) => need === 'operator'))('%s refuses who is no operator', async (route) => {
    expect(await ask(route, stranger)).toMatchObject({ status: 403, code: 'OPERATOR_REQUIRED' });
    expect((await ask(route, operator)).status).toBeLessThan(300);
  });

  it.each(GUARDED.filter(([route]) => route.includes(':id')))(
    "%s answers for somebody else's thing as for one that does not exist",
    async (route) => {
      const own = route.includes('/tokens/') ? apiToken.id : job.id;
      const seen = async (id: string) => {
        const { status, answer } = await ask(route, stranger, { ':id': id, ':name': '' });
        const { requestId: _, timestamp: __, ...problem } = problemOf(answer);
        return JSON.stringify({ status, problem }).replaceAll(id, 'ID');
      };
      const unknown = await seen(randomUUID());
      expect(await seen(own)).toBe(unknown);
      expect(JSON.parse(unknown).status).toBe(404);
    },
  );
});

it('nothing of this changed anything of the owner', async () => {
  expect((await api.call<Job>('GET', `/jobs/${job.id}`, { token: operator })).body.status).toBe('PENDING');
  const { body } = await api.call<{ id: string }[]>('GET', '/auth/tokens', { token: operator });
  expect(body.map(({ id }) => id)).toContain(apiToken.id);
});

describe('a list', () => {
  it.each(['', 'type=secret-type', 'tag=secret-tag', 'q=secret', 'status=PENDING', 'order=oldest', 'since=1h'])(
    'with %j shows nothing of others',
    async (query) => {
      expect((await api.call<Job[]>('GET', `/jobs?${query}`, { token: stranger })).body).toEqual([]);
      expect((await api.call<Job[]>('GET', `/jobs?${query}`, { token: operator })).body).toHaveLength(1);
    },
  );

  it('finds no short reference of others', async () => {
    const find = async (token: string) =>
      (await api.call<Job[]>('GET', `/jobs?ref=${job.id.slice(-6)}`, { token })).body.length;
    expect([await find(stranger), await find(operator)]).toEqual([0, 1]);
  });
});
