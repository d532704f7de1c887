import { randomBytes } from 'node:crypto';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { currentTraceId } from '@cloudtask/core/tracing';
import { publishTraced } from '@cloudtask/core/tracing/publish-span';
import type { Job } from '@cloudtask/sdk/contract';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { type RecordedSpan, RecordedSpans } from '../../../../test/support/recorded-spans.ts';
import { openServices, type Services } from './open-services.ts';

const spans = new RecordedSpans();
let services: Services;

beforeAll(async () => {
  services = await openServices({ databaseUrl: 'pglite:memory', brokerUrl: 'memory:', signalsUrl: 'memory:' });
}, 60_000);
afterAll(() => services?.close());

const newTrace = () => {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, header: { traceparent: `00-${traceId}-${spanId}-01` } };
};

async function submit(body: object, headers: object = {}): Promise<Job> {
  const answer = await services.call<Job>('POST', '/jobs', body, headers);
  expect(answer.status).toBe(201);
  return answer.body;
}

/** The spans of a trace as soon as they are these. */
async function spansOf(traceId: string, names: string[]): Promise<RecordedSpan[]> {
  return await eventually(
    () => {
      const found = spans.all(traceId);
      expect(found.map(({ name }) => name).sort()).toEqual(names.toSorted());
      return found;
    },
    { describe: () => spans.all(traceId) },
  );
}

const named = (found: readonly RecordedSpan[], name: string) => found.filter((span) => span.name === name);
const one = (found: readonly RecordedSpan[], name: string) => {
  const [span, ...more] = named(found, name);
  if (!span || more.length > 0) throw new Error(`not one span called ${name}`);
  return span;
};

describe('where an SDK records spans', () => {
  beforeAll(() => spans.register());
  beforeEach(() => spans.clear());
  afterAll(() => spans.unregister());

  it('a job belongs to the trace of the request that asked for it, through a retry', async () => {
    const { traceId, spanId, header } = newTrace();
    let tries = 0;
    await services.worker({
      flaky: () => {
        if (++tries === 1) throw new Error('not yet');
      },
    });
    const { id } = await submit({ type: 'flaky', backoff: { kind: 'fixed', delay: 1 } }, header);
    await services.jobWhen(id, 'COMPLETED');
    const found = await spansOf(traceId, [
      ...['submit', 'publish', 'claim', 'run flaky', 'settle'],
      ...['publish', 'claim', 'run flaky', 'settle'],
    ]);
    const root = one(found, 'submit');
    expect(root.parent).toBe(spanId);
    expect(named(found, 'publish').map(({ parent }) => parent)).toEqual([root.spanId, root.spanId]);
    expect(named(found, 'claim').map(({ parent }) => parent)).toEqual([root.spanId, root.spanId]);
    const ids = (name: string) => named(found, name).map((span) => [span.spanId]);
    expect(named(found, 'claim').map(({ links }) => links)).toEqual(ids('publish'));
    expect(named(found, 'run flaky').map(({ parent }) => [parent])).toEqual(ids('claim'));
    expect(named(found, 'settle').map(({ parent }) => [parent])).toEqual(ids('run flaky'));
    expect(named(found, 'run flaky').map(({ status }) => status)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    expect(named(found, 'run flaky')[0]?.attributes).toEqual({
      'messaging.system': 'memory',
      'messaging.operation.name': 'run',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'jobs.created',
      'cloudtask.job.id': id,
      'cloudtask.job.type': 'flaky',
      'cloudtask.job.queue': 'default',
      'cloudtask.job.attempt': 1,
      'cloudtask.job.outcome': 'failed',
      'error.type': 'ERROR',
    });
    expect(named(found, 'settle').map(({ attributes }) => attributes['cloudtask.job.status'])).toEqual([
      'RETRYING',
      'COMPLETED',
    ]);
  });

  it('what a handler does belongs to the run of its attempt', async () => {
    const { traceId, header } = newTrace();
    const seen: unknown[] = [];
    await services.worker({
      nosy: async (_, { job }) => {
        await Promise.resolve();
        seen.push(currentTraceId(), job.traceparent);
        trace.getTracer('of the handler').startSpan('own work').end();
      },
    });
    const { id } = await submit({ type: 'nosy' }, header);
    await services.jobWhen(id, 'COMPLETED');
    const found = await spansOf(traceId, ['submit', 'publish', 'claim', 'run nosy', 'own work', 'settle']);
    expect(seen).toEqual([traceId, `00-${traceId}-${one(found, 'run nosy').spanId}-01`]);
    expect(one(found, 'own work').parent).toBe(one(found, 'run nosy').spanId);
  });

  it('a request without a trace begins one, and one that is malformed is as good as none', async () => {
    await services.worker({ alone: () => 'done' });
    for (const headers of [{}, { traceparent: '00-nonsense' }]) {
      spans.clear();
      const { id } = await submit({ type: 'alone' }, headers);
      await services.jobWhen(id, 'COMPLETED');
      await eventually(() => named(spans.all(), 'settle').length === 1);
      const [root, ...rest] = spans.all();
      expect(root).toMatchObject({ name: 'submit', parent: undefined });
      expect(new Set(rest.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]));
    }
  });

  it('a message with jobs of several traces is linked to each of their submits, one of a single trace is below it', async () => {
    const broker = openMemoryBroker();
    const [a, b] = [newTrace(), newTrace()];
    const traceparents = new Map([
      ['1', a.header.traceparent],
      ['2', b.header.traceparent],
      ['3', a.header.traceparent],
    ]);
    const published = async (...ids: string[]) => {
      spans.clear();
      const jobs = ids.map((id) => ({ id, type: 'x' }));
      await publishTraced({ broker, queue: 'default', jobs, body: Buffer.from(''), traceparents });
      return spans.all();
    };
    expect(await published('1', '2')).toMatchObject([{ parent: undefined, links: [a.spanId, b.spanId] }]);
    expect(await published('1', '3')).toMatchObject([{ traceId: a.traceId, parent: a.spanId, links: [] }]);
    expect(await published('4')).toEqual([]);
    await broker.close();
  });

  it('the items of a batch share the submit', async () => {
    await services.worker({ item: () => 'done' });
    const { traceId, spanId, header } = newTrace();
    await services.call('POST', '/jobs/batch', { jobs: [{ type: 'item' }, { type: 'item' }] }, header);
    const found = await eventually(() => {
      const all = spans.all(traceId);
      return named(all, 'settle').length === 2 && all;
    });
    expect(one(found, 'submit')).toMatchObject({ parent: spanId, attributes: { 'messaging.batch.message_count': 2 } });
    expect(named(found, 'run item')).toHaveLength(2);
  });

  it('a slot of a schedule begins a trace, and a trigger goes on with that of its request', async () => {
    await services.worker({ tick: () => 'done' });
    const schedule = { name: 'traced', type: 'tick', every: '1s', onOverlap: 'allow' };
    expect((await services.call('POST', '/schedules', schedule)).status).toBe(201);
    const first = await eventually(() => named(spans.all(), 'settle')[0], { describe: () => spans.all() });
    await services.call('POST', '/schedules/traced/pause');
    const slot = spans.all(first.traceId);
    expect(slot.map(({ name }) => name)).toEqual(expect.arrayContaining(['submit', 'publish', 'claim', 'run tick']));
    expect(one(slot, 'submit').parent).toBeUndefined();
    const { traceId, spanId, header } = newTrace();
    expect((await services.call('POST', '/schedules/traced/trigger', undefined, header)).status).toBe(201);
    const found = await spansOf(traceId, ['submit', 'publish', 'claim', 'run tick', 'settle']);
    expect(one(found, 'submit').parent).toBe(spanId);
  });

  it('the same Idempotency-Key with another trace is the same request', async () => {
    const body = { type: 'never' };
    const first = await submit(body, { ...newTrace().header, 'idempotency-key': 'traced' });
    const again = await submit(body, { ...newTrace().header, 'idempotency-key': 'traced' });
    expect(again.id).toBe(first.id);
  });

  it('a refused submit says in its span why, by a code', async () => {
    const { traceId, header } = newTrace();
    await services.call('POST', '/jobs', { type: 'x', delay: '1s', runAt: '2099-01-01T00:00:00Z' }, header);
    const [refused] = await spansOf(traceId, ['submit']);
    expect(refused).toMatchObject({ status: SpanStatusCode.ERROR, attributes: { 'error.type': 'VALIDATION_FAILED' } });
  });
});

describe('where nobody records spans', () => {
  afterEach(() => expect(spans.all()).toEqual([]));
  beforeAll(() => spans.clear());

  const storedTraces = async () =>
    await services.platform.database.query<{ traceparent: string | null }>(
      { name: 'test_traces', text: 'select traceparent from cloudtask.jobs order by id desc limit 1' },
      [],
    );

  it('a handler is told the trace of the request, and nothing is stored when it had none', async () => {
    const seen: unknown[] = [];
    await services.worker({ quiet: (_, { job }) => void seen.push(job.traceparent, 'traceparent' in job) });
    const { header } = newTrace();
    for (const [headers, stored] of [
      [header, header.traceparent],
      [{}, null],
      [{ traceparent: 'nonsense' }, null],
    ] as const) {
      await services.jobWhen((await submit({ type: 'quiet' }, headers)).id, 'COMPLETED');
      expect(await storedTraces()).toEqual([{ traceparent: stored }]);
    }
    expect(seen).toEqual([header.traceparent, true, undefined, false, undefined, false]);
  });

  it('no trace is current', () => {
    expect(currentTraceId()).toBeUndefined();
  });
});
