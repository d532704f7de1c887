import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { CloudTask } from '../src/client.ts';
import {
  APIError,
  CloudTaskError,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError,
} from '../src/errors.ts';
import { aJob, answer, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const JOB = '/jobs/0199d0f4-0000-7000-8000-000000000001';

test('a submit that meets a failing server is repeated with the same idempotency key', async () => {
  const { ct, server } = await withServer({
    'POST /jobs': (_, response, nth) => {
      if (nth < 3) problem(response, 503, 'UNAVAILABLE', { 'retry-after': '0' });
      else answer(response, 201, aJob());
    },
  });
  const { data, response } = await ct.jobs.create('email', { to: 'ada@example.com' }).withResponse();
  expect(data.status).toBe('PENDING');
  expect(response).toMatchObject({ status: 201, retries: 2, requestId: 'req-1' });
  const keys = server.to('POST /jobs').map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer token-1',
    'content-type': 'application/json',
  });
});

test('two submits have two idempotency keys', async () => {
  const { ct, server } = await withServer({ 'POST /jobs': (_, response) => answer(response, 201, aJob()) });
  await Promise.all([ct.jobs.create('email'), ct.jobs.create('email')]);
  const keys = server.to('POST /jobs').map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
});

test('every write that can be told apart by a key has one, also when it is given as undefined', async () => {
  const { ct, server } = await withServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    'POST /jobs/x/cancel': (_, response) => answer(response, 200, aJob()),
    'POST /jobs/x/retry': (_, response) => answer(response, 200, aJob()),
    'POST /schedules/x/trigger': (_, response) => answer(response, 201, aJob()),
  });
  const none = { idempotencyKey: undefined as never };
  await ct.jobs.create('email', null, none);
  await ct.jobs.cancel('x', none);
  await ct.jobs.retry('x', none);
  await ct.schedules.trigger('x', none);
  const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual([expect.any(String), expect.any(String), expect.any(String), expect.any(String)]);
  await ct.schedules.trigger('x', { idempotencyKey: 'mine' });
  expect(server.requests.at(-1)?.headers['idempotency-key']).toBe('mine');
});

test('it gives up after two repetitions and throws what the server said', async () => {
  const { ct, server } = await withServer({
    [`GET ${JOB}`]: (_, response) => problem(response, 500, 'INTERNAL', { 'retry-after': '0' }),
  });
  const error = await ct.jobs.get(aJob().id).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ status: 500, code: 'INTERNAL', requestId: 'req-9', retryable: true });
  expect(server.requests).toHaveLength(3);
});

test('a refusal is not repeated', async () => {
  const { ct, server } = await withServer({
    'POST /jobs': (_, response) =>
      answer(response, 422, { code: 'INVALID', detail: 'no', issues: [{ path: '/type', message: 'too long' }] }),
  });
  const error = await ct.jobs.create('email').catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ValidationError);
  expect(error).toMatchObject({ issues: [{ path: '/type', message: 'too long' }] });
  expect(server.requests).toHaveLength(1);
});

test('Retry-After is waited for: never earlier', async () => {
  const times: number[] = [];
  const { ct } = await withServer({
    [`GET ${JOB}`]: (_, response, nth) => {
      times.push(performance.now());
      if (nth === 1) problem(response, 429, 'TOO_MANY_REQUESTS', { 'retry-after': '1' });
      else answer(response, 200, aJob());
    },
  });
  await ct.jobs.get(aJob().id);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
});

test('a Retry-After beyond the limit ends the call at once, with the time in the error', async () => {
  const { ct, server } = await withServer({
    [`GET ${JOB}`]: (_, response) => problem(response, 429, 'TOO_MANY_REQUESTS', { 'retry-after': '3600' }),
  });
  const error = await ct.jobs.get(aJob().id).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error).toMatchObject({ retryAfterMs: 3_600_000 });
  expect(server.requests).toHaveLength(1);
});

test('an attempt that takes too long is repeated, and the error says which limit it was', async () => {
  const { ct, server } = await withServer({ [`GET ${JOB}`]: () => {} }, { timeout: 80, maxRetries: 1 });
  const error = await ct.jobs.get(aJob().id).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ phase: 'attempt', code: 'TIMEOUT' });
  expect(server.requests).toHaveLength(2);
});

test('a body that never ends is cut by the same limit', async () => {
  const { ct } = await withServer(
    {
      [`GET ${JOB}`]: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"id":');
      },
    },
    { timeout: 80, maxRetries: 0 },
  );
  await expect(ct.jobs.get(aJob().id)).rejects.toMatchObject({ phase: 'attempt' });
});

test('the deadline holds for the call with all its repetitions', async () => {
  const { ct } = await withServer({ [`GET ${JOB}`]: () => {} }, { timeout: 60, maxRetries: 1_000 });
  const error = await ct.jobs.get(aJob().id, { deadline: 200 }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(TimeoutError);
});

test('a pause that the deadline does not leave room for ends with what went wrong', async () => {
  const { ct } = await withServer({
    [`GET ${JOB}`]: (_, response) => problem(response, 503, 'UNAVAILABLE', { 'retry-after': '30' }),
  });
  await expect(ct.jobs.get(aJob().id, { deadline: 100 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a kept connection that the server dropped costs no repetition', async () => {
  const { ct, server } = await withServer(
    {
      'POST /jobs': (_, response, nth) => {
        if (nth === 1) response.destroy();
        else answer(response, 201, aJob());
      },
    },
    { maxRetries: 0 },
  );
  expect((await ct.jobs.create('email')).type).toBe('email');
  expect(server.requests).toHaveLength(2);
});

test('a registration that may have arrived is not sent again', async () => {
  const { ct, server } = await withServer({ 'POST /auth/register': (_, response) => response.destroy() && undefined });
  await expect(ct.auth.register({ email: 'ada@example.com', password: 'correct horse' })).rejects.toBeInstanceOf(
    ConnectionError,
  );
  expect(server.requests).toHaveLength(1);
});

test('nothing listens: a connection error that names the address', async () => {
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
  await using ct = new CloudTask({ url: `http://127.0.0.1:${port}`, auth: 'x', maxRetries: 0 });
  const error = await ct.jobs.get('x').catch((each: unknown) => each);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(String(error)).toContain(`cannot reach http://127.0.0.1:${port}: nothing listens there`);
});

test('the caller ends the call with the reason of its signal', async () => {
  const { ct } = await withServer({ [`GET ${JOB}`]: () => {} });
  const reason = new Error('not needed any more');
  const controller = new AbortController();
  const call = ct.jobs.get(aJob().id, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 30);
  await expect(call).rejects.toBe(reason);
});

test('close() ends what is under way, and closing twice is fine', async () => {
  const { ct } = await withServer({ [`GET ${JOB}`]: () => {} });
  const call = ct.jobs.get(aJob().id);
  setTimeout(() => void ct.close(), 30);
  await expect(call).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  await ct.close();
  await expect(ct.jobs.get(aJob().id)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
});

test('an answer that is a web page is no CloudTask server', async () => {
  const { ct } = await withServer({
    [`GET ${JOB}`]: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
  });
  await expect(ct.jobs.get(aJob().id)).rejects.toMatchObject({ code: 'NOT_CLOUDTASK' });
});

test('safe() gives the error as a value, and nothing is left unhandled', async () => {
  const { ct } = await withServer({});
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', onUnhandled);
  const got = await ct.jobs.get('unknown').safe();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(got).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  expect(got.error).toBeInstanceOf(NotFoundError);
  expect(unhandled).toEqual([]);
});

test('errors of another copy of the package are recognised; derived classes keep the ordinary rule', async () => {
  const path: string = '../src/errors.ts?copy';
  const copy = (await import(path)) as typeof import('../src/errors.ts');
  const details = { code: 'X', status: 404, headers: new Headers(), body: null };
  const foreign = new copy.NotFoundError('no', details);
  expect(copy.NotFoundError).not.toBe(NotFoundError);
  expect(foreign).toBeInstanceOf(NotFoundError);
  expect(foreign).toBeInstanceOf(APIError);
  expect(foreign).toBeInstanceOf(CloudTaskError);
  expect(foreign).not.toBeInstanceOf(ValidationError);
  class Mine extends CloudTaskError {}
  expect(foreign).not.toBeInstanceOf(Mine);
  expect(new Mine('x', { code: 'Y' })).toBeInstanceOf(Mine);
});

test('hooks see every attempt', async () => {
  const log: string[] = [];
  const { ct } = await withServer(
    {
      [`GET ${JOB}`]: (_, response, nth) =>
        nth === 1 ? problem(response, 502, 'BAD_GATEWAY', { 'retry-after': '0' }) : answer(response, 200, aJob()),
    },
    {
      hooks: {
        onRequest: ({ operation, attempt }) => log.push(`${operation} ${attempt}`),
        onResponse: ({ status }) => log.push(String(status)),
        onRetry: ({ delayMs }) => log.push(`pause ${delayMs}`),
      },
    },
  );
  await ct.jobs.get(aJob().id);
  expect(log).toEqual(['jobs.get 0', '502', 'pause 0', 'jobs.get 1', '200']);
});
