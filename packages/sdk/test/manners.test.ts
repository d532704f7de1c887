import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AuthenticationError, CloudTaskError, ConnectionError, NotFoundError } from '../src/errors.ts';
import type { RequestTrace } from '../src/request.ts';
import { API_VERSION } from '../src/version.ts';
import { aJob, answer, aSession, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const { id } = aJob();
const JOB = `GET /jobs/${id}`;

describe('a request', () => {
  it('says which version of the API it speaks, and has an id that its repetitions keep', async () => {
    const { ct, server } = await withServer({
      [JOB]: (_, response, nth) =>
        nth === 1 ? problem(response, 503, 'UNAVAILABLE', { 'retry-after': '0' }) : answer(response, 200, aJob()),
    });
    await ct.jobs.get(id);
    const [first, second] = server.requests.map(({ headers }) => headers);
    expect(first?.['cloudtask-version']).toBe(API_VERSION);
    expect(first?.['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.['x-request-id']).toBe(`${first?.['x-request-id']}.1`);
  });

  it('that got no answer can be found in the logs of the server all the same', async () => {
    const { ct, server } = await withServer({ [JOB]: (_, response) => void response.destroy() }, { maxRetries: 0 });
    const { error } = await ct.jobs.get(id).safe();
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error?.requestId).toBe(server.requests.at(-1)?.headers['x-request-id']);
  });

  it('takes headers of the call over those of the client, however they are written', async () => {
    const { ct, server } = await withServer(
      { [JOB]: (_, response) => answer(response, 200, aJob()) },
      { headers: { 'X-Request-Id': 'client', 'X-Team': 'a' } },
    );
    await ct.jobs.get(id, { headers: { 'x-REQUEST-id': 'call', Authorization: 'Bearer mine' } });
    expect(server.requests[0]?.headers).toMatchObject({
      'x-request-id': 'call',
      'x-team': 'a',
      authorization: 'Bearer mine',
    });
  });
});

describe('a trace', () => {
  const sent = async (headers?: Record<string, string>) => {
    const { ct, server } = await withServer({ [JOB]: (_, response) => answer(response, 200, aJob()) });
    await ct.jobs.get(id, headers ? { headers } : {});
    return server.requests[0]?.headers;
  };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('is not sent when there is none', async () => {
    expect((await sent())?.['traceparent']).toBeUndefined();
  });

  it('is sent when it is under way, without what else the program carries along', async () => {
    onTestFinished(() => {
      context.disable();
      propagation.disable();
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator({
      inject(active, carrier, setter) {
        if (!trace.getSpanContext(active)) return;
        setter.set(carrier, 'Traceparent', traceparent);
        setter.set(carrier, 'baggage', 'user=ada');
      },
      extract: (active) => active,
      fields: () => [],
    });
    expect((await sent())?.['traceparent']).toBeUndefined();
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, span), async () => {
      expect(await sent()).toMatchObject({ traceparent });
      expect((await sent())?.['baggage']).toBeUndefined();
      expect(await sent({ traceparent: '00-of-the-call' })).toMatchObject({ traceparent: '00-of-the-call' });
    });
  });

  it('that cannot be told costs no call', async () => {
    onTestFinished(() => {
      context.disable();
      propagation.disable();
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    let asked = 0;
    propagation.setGlobalPropagator({
      inject: () => {
        asked += 1;
        throw new Error('broken');
      },
      extract: (active) => active,
      fields: () => [],
    });
    expect(await sent()).toBeDefined();
    expect(asked).toBe(1);
  });
});

describe('diagnostics', () => {
  it('tell of each attempt when it begins, and with the same object when it ends', async () => {
    const begun: RequestTrace[] = [];
    const ended: [RequestTrace, number | undefined][] = [];
    const onBegin = (message: unknown) => void begun.push({ ...(message as RequestTrace) });
    const onEnd = (message: unknown) => void ended.push([message as RequestTrace, (message as RequestTrace).status]);
    subscribe('cloudtask:request', onBegin);
    subscribe('cloudtask:response', onEnd);
    onTestFinished(() => {
      unsubscribe('cloudtask:request', onBegin);
      unsubscribe('cloudtask:response', onEnd);
    });
    const { ct } = await withServer({
      [JOB]: (_, response, nth) =>
        nth === 1 ? problem(response, 502, 'BAD_GATEWAY', { 'retry-after': '0' }) : answer(response, 200, aJob()),
    });
    await ct.jobs.get(id);
    expect(begun).toMatchObject([
      { operation: 'jobs.get', method: 'GET', attempt: 0, url: expect.stringContaining(id) },
      { attempt: 1 },
    ]);
    expect(begun[0]?.status).toBeUndefined();
    expect(ended.map(([, status]) => status)).toEqual([502, 200]);
    expect(ended[0]?.[0]).toMatchObject({ error: expect.any(CloudTaskError), durationMs: expect.any(Number) });
    expect(ended[1]?.[0].error).toBeUndefined();
  });
});

describe('an answer as it came', () => {
  it('has its body still to be read', async () => {
    const { ct } = await withServer({ [JOB]: (_, response) => answer(response, 200, aJob(), { 'x-more': 'yes' }) });
    const response = await ct.jobs.get(id).asResponse();
    expect([response.status, response.bodyUsed, response.headers.get('x-more')]).toEqual([200, false, 'yes']);
    expect(await response.json()).toEqual(aJob());
  });

  it('may be no JSON, and may be left before its end', async () => {
    let closed: Promise<void> | undefined;
    const { ct } = await withServer({
      'GET /metrics': (_, response) => void response.end('# HELP'),
      'GET /endless': (_, response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        response.write('a');
      },
    });
    expect(await (await ct.request('GET', '/metrics').asResponse()).text()).toBe('# HELP');
    await (await ct.request('GET', '/endless').asResponse()).body?.cancel();
    await closed;
  });

  it('is made anew when the data was read before', async () => {
    const { ct } = await withServer({
      [JOB]: (_, response) => answer(response, 200, aJob()),
      'GET /jobs': (_, response) => answer(response, 200, [aJob()]),
    });
    const call = ct.jobs.get(id);
    await call;
    expect(await (await call.asResponse()).json()).toEqual(aJob());
    const list = ct.jobs.list();
    await list;
    expect(await (await list.asResponse()).json()).toEqual([aJob()]);
  });

  it('of a list or a submit is the first one, and a refusal throws as ever', async () => {
    const { ct } = await withServer({
      'GET /jobs': (_, response) => answer(response, 200, [aJob()]),
      'POST /jobs': (_, response) => answer(response, 201, aJob()),
    });
    expect(await (await ct.jobs.list().asResponse()).json()).toHaveLength(1);
    expect((await ct.jobs.create('email').asResponse()).status).toBe(201);
    await expect(ct.jobs.get('unknown').asResponse()).rejects.toThrow(NotFoundError);
  });
});

describe('a client made from another', () => {
  const onlyFor = (token: string) => ({
    'POST /auth/login': (_: unknown, response: Parameters<typeof answer>[0]) => answer(response, 200, aSession(token)),
    [JOB]: ({ headers }: { headers: object }, response: Parameters<typeof answer>[0]) =>
      (headers as { authorization?: string }).authorization === `Bearer ${token}`
        ? answer(response, 200, aJob())
        : problem(response, 401, 'TOKEN_INVALID'),
  });

  it('has its session and its headers, and options of its own', async () => {
    const { ct, server } = await withServer(onlyFor('of-login'), { headers: { 'x-a': '1', 'x-b': '1' } });
    const other = ct.withOptions({ headers: { 'x-b': '2' }, maxRetries: 0 });
    await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
    await other.jobs.get(id);
    expect(server.to(JOB)[0]?.headers).toMatchObject({ 'x-a': '1', 'x-b': '2' });
  });

  it('ends its own calls only, and ends with the other', async () => {
    const { ct } = await withServer({
      [JOB]: (_, response) => answer(response, 200, aJob()),
      'GET /jobs/slow': () => {},
    });
    const [first, second] = [ct.withOptions({}), ct.withOptions({})];
    const slow = first.jobs.get('slow').safe();
    await first.close();
    expect((await slow).error).toMatchObject({ code: 'CLIENT_CLOSED' });
    await second.jobs.get(id);
    await ct.close();
    await expect(second.jobs.get(id)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('takes no token to another server, nor to another account', async () => {
    const { ct, server } = await withServer(onlyFor('token-1'));
    const elsewhere = await withServer(onlyFor('token-1'));
    await expect(ct.withOptions({ url: elsewhere.server.url }).jobs.get(id)).rejects.toThrow(AuthenticationError);
    expect(elsewhere.server.requests[0]?.headers.authorization).toBeUndefined();
    await expect(ct.withOptions({ auth: 'other' }).jobs.get(id)).rejects.toThrow(AuthenticationError);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer other');
  });
});
