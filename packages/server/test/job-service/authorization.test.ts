import { randomUUID } from 'node:crypto';
import { registerTypes } from '@cloudtask/core/protocol/register-types';
import { registerWorker } from '@cloudtask/core/protocol/workers';
import { API_TOKEN_SCOPES, type ApiTokenScope, type NewApiToken, type Session } from '@cloudtask/sdk/contract';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withIncluded } from '../../src/job-service/auth/needs.ts';
import { collectRoutes } from '../../src/job-service/http/known-routes.ts';
import { setOperator } from '../../src/store/accounts.ts';
import { type Answer, openTestApi, problemOf, type TestApi } from './api.ts';
import { ROUTE_CASES, type RouteCase, THINGS, WORKER } from './route-cases.ts';

// Made before the tests, because there is one for each of its routes.
let nowMs = Date.now();
const api: TestApi = await openTestApi({ clock: { now: () => nowMs } });
const registered = [...api.app.knownRoutes.values()].flatMap(({ url, methods }) =>
  [...methods].filter(([method]) => method !== 'HEAD').map(([method, needs]) => ({ route: `${method} ${url}`, needs })),
);
const cases = registered.flatMap(({ route }) => {
  const found = ROUTE_CASES[route];
  return found ? [{ route, ...found }] : [];
});
type Case = RouteCase & { route: string };
const notPublic = cases.filter(({ needs }) => needs !== 'public');

let expired: { session: string; apiToken: string };
beforeAll(async () => {
  const { token } = await operator();
  expired = { session: token, apiToken: await apiToken(token, [...API_TOKEN_SCOPES], '1h') };
  const matrix = { type: 'matrix', description: null, payloadSchema: null, resultSchema: null, defaults: {} };
  await registerTypes(api.database, [matrix], '1.0.0');
  nowMs += 7_200_000;
  const started = { name: 'matrix', host: 'h', pid: 1, version: '1.0.0', queues: ['default'], types: [], slots: 1 };
  expect(await registerWorker(api.database, started)).toBe(WORKER);
});
afterAll(() => api.close());

async function person(): Promise<Session> {
  return await api.register(`matrix-${randomUUID()}`);
}

async function operator(): Promise<Session> {
  const session = await person();
  await setOperator(api.database, { email: session.user.email, isOperator: true });
  return session;
}

async function apiToken(session: string, scopes: ApiTokenScope[], expiresIn?: string): Promise<string> {
  const body = { name: randomUUID(), scopes, ...(expiresIn && { expiresIn }) };
  const answer = await api.call<NewApiToken>('POST', '/auth/tokens', { token: session, body });
  if (answer.status !== 201) throw new Error(`no token: ${answer.text}`);
  return answer.body.token;
}

async function thingsOf(session: string, { owned = {} }: Case): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [name, thing] of Object.entries(owned)) ids[name] = await THINGS[thing](api, session);
  return ids;
}

function randomIds({ owned = {} }: Case): Record<string, string> {
  return Object.fromEntries(Object.keys(owned).map((name) => [name, randomUUID()]));
}

/** The request of a case. A stream is left as soon as it has begun. */
async function ask(each: Case, token: string | undefined, ids = randomIds(each)): Promise<Answer> {
  const [method = '', url = ''] = each.route.split(' ');
  const values: Record<string, string> = { ...each.fixed, ...ids };
  const path = url.replace(/:(\w+)/g, (_, name: string) => values[name] ?? `no-value-for-${name}`);
  if (each.isStream) return await beginStream(path, token);
  return await api.call(method, path, { token, body: each.body?.(ids) });
}

async function beginStream(url: string, token: string | undefined): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await api.app.inject({ method: 'GET', url, headers, payloadAsStream: true });
  const stream = response.stream();
  if (response.statusCode === 200) stream.destroy();
  const chunks: Buffer[] = [];
  if (response.statusCode !== 200) for await (const chunk of stream) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const refusal = (answer: Answer) => [answer.status, problemOf(answer)?.code];

describe('the table of routes', () => {
  it('has an example of every route that the server registers', () => {
    const missing = registered.map(({ route }) => route).filter((route) => !ROUTE_CASES[route]);
    expect(missing, 'these routes have no line in route-cases.ts, so nobody checks who may call them').toEqual([]);
  });

  it('has no route that the server does not have', () => {
    const routes = new Set(registered.map(({ route }) => route));
    expect(Object.keys(ROUTE_CASES).filter((route) => !routes.has(route))).toEqual([]);
  });

  it('says of each route the same as the route itself', () => {
    const stated = registered.map(({ route }) => [route, ROUTE_CASES[route]?.needs]);
    expect(registered.map(({ route, needs }) => [route, needs])).toEqual(stated);
  });

  it('has a value for every placeholder', () => {
    for (const { route, owned = {}, fixed = {} } of cases) {
      const placeholders = [...route.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
      expect([route, placeholders.filter((name) => !(name in owned) && !(name in fixed))]).toEqual([route, []]);
    }
  });
});

describe('a route that does not say who may call it', () => {
  it.each([
    ['nothing', undefined],
    ['both', { isPublic: true, needs: 'jobs:read' } as const],
  ])('keeps the server from starting when it says %s', async (_what, config) => {
    const app = Fastify();
    collectRoutes(app);
    app.get('/forgotten', { ...(config && { config }) }, () => 'secret');
    await expect(app.ready()).rejects.toThrow('the route GET /forgotten must say who may call it');
    await app.close();
  });
});

describe.each(cases.filter(({ needs }) => needs === 'public'))('$route', (each) => {
  it('asks nobody who he is', async () => {
    const { status, body } = await ask(each, undefined);
    expect([401, 403].includes(status) ? (body as { code: string }).code : 'open').toMatch(
      /^(open|INVALID_CREDENTIALS|INVALID_REFRESH_TOKEN)$/,
    );
  });
});

describe.each(notPublic)('$route', (each) => {
  it('needs a token', async () => {
    expect(refusal(await ask(each, undefined))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it.each(['garbage', 'a.b.c', 'ctt_garbage', `ctt_${'A'.repeat(43)}`])('refuses the token %s', async (token) => {
    expect(refusal(await ask(each, token))).toEqual([401, 'INVALID_TOKEN']);
  });

  it('refuses tokens that have expired', async () => {
    expect(refusal(await ask(each, expired.session))).toEqual([401, 'TOKEN_EXPIRED']);
    expect(refusal(await ask(each, expired.apiToken))).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('lets a person do it who may', async () => {
    const { token } = each.needs === 'operator' ? await operator() : await person();
    expect((await ask(each, token, await thingsOf(token, each))).status).toBeLessThan(300);
  });

  it('asks an API token for exactly its scope', async () => {
    const { token } = await operator();
    const ids = await thingsOf(token, each);
    if (each.needs === 'session') {
      const answer = await ask(each, await apiToken(token, [...API_TOKEN_SCOPES]), ids);
      expect(refusal(answer)).toEqual([403, 'SESSION_REQUIRED']);
      return;
    }
    const isEnough = (scope: ApiTokenScope) =>
      each.needs === 'anyToken' || withIncluded([scope]).has(each.needs as ApiTokenScope);
    const others = API_TOKEN_SCOPES.filter((scope) => !isEnough(scope));
    if (others.length > 0) {
      const answer = await ask(each, await apiToken(token, others), ids);
      expect(refusal(answer)).toEqual([403, 'INSUFFICIENT_SCOPE']);
      expect(problemOf(answer).detail).toContain(each.needs);
    }
    const enough = await apiToken(token, [API_TOKEN_SCOPES.find(isEnough) ?? 'operator']);
    expect((await ask(each, enough, ids)).status).toBeLessThan(300);
  });
});

describe.each(cases.filter(({ needs }) => needs === 'operator'))('$route', (each) => {
  it('is for operators, whatever a token was made with', async () => {
    const { token, user } = await operator();
    const withScope = await apiToken(token, ['operator']);
    const ids = await thingsOf(token, each);
    expect((await ask(each, withScope, ids)).status).toBeLessThan(300);
    await setOperator(api.database, { email: user.email, isOperator: false });
    nowMs += 5_001;
    for (const given of [token, withScope, (await person()).token]) {
      expect(refusal(await ask(each, given, ids))).toEqual([403, 'OPERATOR_REQUIRED']);
    }
  });
});

const positions = notPublic.flatMap((each) => Object.keys(each.owned ?? {}).map((position) => ({ ...each, position })));
describe.each(positions)('$route', (each) => {
  it(`answers for somebody else's ${each.position} as for one that does not exist`, async () => {
    const owner = await person();
    const stranger = each.needs === 'operator' ? await operator() : await person();
    const theirs = await thingsOf(owner.token, each);
    const own = await thingsOf(stranger.token, each);
    const show = async (id: string) => {
      const answer = await ask(each, stranger.token, { ...own, [each.position]: id });
      const { requestId: _, timestamp: __, path: ___, ...body } = problemOf(answer);
      return JSON.stringify({ status: answer.status, body }).replaceAll(id, 'ID');
    };
    const shown = await show(theirs[each.position] ?? '');
    expect(shown).toBe(await show(randomUUID()));
    expect(JSON.parse(shown).status).toBe(each.foreignStatus ?? 404);
    // It is there all the same, and nothing happened to it.
    expect((await ask(each, owner.token, theirs)).status).toBeLessThan(300);
  });
});
