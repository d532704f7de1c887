import { connect } from 'node:net';
import { type Broker, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiProblem, toProblem } from '../../src/job-service/problem.ts';
import { PROBLEMS, type ProblemCode } from '../../src/job-service/problem-table.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
let port: number;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  port = (api.app.server.address() as { port: number }).port;
});
afterAll(() => api.close());

/** Says exactly these bytes to the server. */
function speak(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('every refusal', () => {
  it.each([
    ['GET', '/nothing', 404, 'NOT_FOUND'],
    ['GET', '/Jobs', 404, 'NOT_FOUND'],
    ['PUT', '/jobs', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/jobs/x', 405, 'METHOD_NOT_ALLOWED'],
    ['OPTIONS', '/jobs', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/actuator/health', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/auth/login', 405, 'METHOD_NOT_ALLOWED'],
  ])('%s %s is a problem document', async (method, url, status, code) => {
    const answer = await api.call(method, url, { token });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(problemOf(answer)).toEqual({
      type: `urn:cloudtask:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: PROBLEMS[code as keyof typeof PROBLEMS].title,
      status,
      detail: expect.any(String),
      code,
      hint: PROBLEMS[code as keyof typeof PROBLEMS].hint,
      requestId: answer.headers['x-request-id'],
      issues: [],
      error: expect.any(String),
      message: problemOf(answer).detail,
      path: url,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('of a method names those that are allowed', async () => {
    expect((await api.call('PUT', '/jobs', { token })).headers['allow']).toBe('GET, HEAD, POST');
    expect((await api.call('GET', '/jobs/x/cancel', { token })).headers['allow']).toBe('POST');
  });

  it('does not repeat the query, which may hold a secret', async () => {
    expect((await api.call('GET', '/nothing?token=secret-token')).text).not.toContain('secret-token');
  });

  it.each([
    ['a broken request line', 'HELLO\r\n\r\n', 400, 'BAD_REQUEST'],
    ['an unknown version', 'GET / HTTP/9.9\r\nhost: x\r\n\r\n', 400, 'BAD_REQUEST'],
    ['a broken header', 'GET / HTTP/1.1\r\nho st: x\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'two lengths',
      'POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    ['headers of 20 KB', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    [
      'a strange expectation',
      'GET / HTTP/1.1\r\nhost: x\r\nexpect: magic\r\nconnection: close\r\n\r\n',
      417,
      'EXPECTATION_FAILED',
    ],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400, undefined],
  ])('%s is answered too', async (_what, text, status, code) => {
    const answer = await speak(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (code === undefined) return;
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code, status });
  });

  it('says nothing about the inside of the server', async () => {
    const broken = await openTestApi({ database: api.database });
    broken.app.server.removeAllListeners();
    const query = broken.database.query;
    broken.database.query = async () => {
      throw new Error('secret host db-17 refused');
    };
    const answer = await broken.call('GET', '/jobs/018f0000-0000-7000-8000-000000000000', { token });
    broken.database.query = query;
    expect([answer.status, problemOf(answer).code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(answer.text).not.toContain('db-17');
    await broken.close();
  });

  it('while the database is away is 503 with Retry-After, and readiness says so', async () => {
    const query = api.database.query;
    api.database.query = async () => {
      throw new DatabaseUnavailable('away');
    };
    const answers = [
      await api.call('POST', '/jobs', { token, body: { type: 'test' } }),
      await api.call('POST', '/jobs/batch', { token, body: { jobs: [{ type: 'test' }] } }),
    ];
    const ready = await api.call('GET', '/actuator/health/readiness');
    const live = await api.call('GET', '/actuator/health/liveness');
    api.database.query = query;
    for (const answer of answers) {
      expect([answer.status, problemOf(answer).code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
      expect(answer.headers['retry-after']).toBe('2');
    }
    expect([ready.status, live.status]).toEqual([503, 200]);
  });
});

describe('every answer', () => {
  it('carries the headers that keep browsers from doing anything with it', async () => {
    for (const url of ['/actuator/health', '/nothing', '/jobs']) {
      const { headers } = await api.call('GET', url, { token });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers['server']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('repeats the id of the request, when it is one that logs can bear', async () => {
    const ask = async (id: string) =>
      (await api.call('GET', '/actuator/info', { headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await ask('abc-123')).toBe('abc-123');
    expect(await ask('a b')).toMatch(/^req_/);
    expect(await ask('x'.repeat(129))).toMatch(/^req_/);
  });
});

describe('pages of other origins', () => {
  it('may call only when they are named exactly', async () => {
    const open = await openTestApi({
      database: api.database,
      settings: { corsOrigins: ['https://console.example.com'] },
    });
    const ask = async (origin: string) => {
      const { headers } = await open.call('GET', '/actuator/info', { headers: { origin } });
      return headers['access-control-allow-origin'];
    };
    expect(await ask('https://console.example.com')).toBe('https://console.example.com');
    expect(await ask('https://console.example.com.evil.com')).not.toBe('https://console.example.com.evil.com');
    const preflight = await open.call('OPTIONS', '/jobs', {
      headers: { origin: 'https://console.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
    // What the SDK sends with every request: a browser sends nothing when one of them is not allowed.
    const allowed = String(preflight.headers['access-control-allow-headers']).split(/, */);
    expect(allowed).toEqual(
      expect.arrayContaining(['cloudtask-version', 'user-agent', 'x-request-id', 'traceparent', 'tracestate']),
    );
    await open.close();
  });
});

describe('while the broker is away', () => {
  it('jobs are accepted; health says so, readiness does not mind', async () => {
    const away: Broker = {
      ...api.broker,
      publish: () => Promise.reject(new BrokerUnavailable('away')),
      depth: () => Promise.reject(new BrokerUnavailable('away')),
      health: { up: false, detail: 'away' },
    };
    const alone = await openTestApi({ database: api.database, broker: away });
    expect((await alone.call('POST', '/jobs', { token, body: { type: 'test' } })).status).toBe(201);
    const health = await alone.call('GET', '/actuator/health');
    expect([health.status, health.body]).toEqual([
      503,
      {
        status: 'DOWN',
        components: { db: { status: 'UP' }, rabbit: { status: 'DOWN' }, redis: { status: 'UP' } },
        groups: ['liveness', 'readiness'],
      },
    ]);
    expect((await alone.call('GET', '/actuator/health/readiness')).status).toBe(200);
    await alone.close();
  });
});

it.each(Object.entries(PROBLEMS))('%s says what to do about it', (code, { hint }) => {
  const problem = toProblem(new ApiProblem(code as ProblemCode, 'why'), { path: '/', requestId: 'r', nowMs: 0 });
  expect(problem).toMatchObject({ code, hint, detail: 'why' });
  expect(hint).toMatch(/^[A-Z`].{10,}\.$/s);
});
