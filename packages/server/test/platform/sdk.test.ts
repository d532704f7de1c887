import { CloudTask, ConflictError, defineJob, jsonSchema, NotFoundError, PayloadValidationError } from '@cloudtask/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startFailingHttpProxy } from '../../../../test/support/failing-http-proxy.ts';
import { openServices, type Services } from './open-services.ts';

describe('the client, on a whole platform', () => {
  let services: Services;
  let url: string;
  let ct: CloudTask;

  beforeAll(async () => {
    services = await openServices({ databaseUrl: 'pglite:memory', brokerUrl: 'memory:', signalsUrl: 'memory:' });
    [url = ''] = await services.replicas();
    ct = new CloudTask({ url, auth: services.token });
  });
  afterAll(async () => {
    await ct.close();
    await services.close();
  });

  it('stores 10,000 jobs through a connection that fails at every tenth request, none of them twice', async () => {
    const proxy = await startFailingHttpProxy(url, 10);
    await using through = new CloudTask({ url: proxy.url, auth: services.token });
    const items = Array.from({ length: 10_000 }, (_, n) => ({ n }));
    const startedAt = performance.now();
    const results = await through.jobs.createMany('bulk', items, { chunkSize: 100 });
    const seconds = (performance.now() - startedAt) / 1_000;
    await proxy.close();

    expect(results.every(({ ok, index }, at) => ok && index === at)).toBe(true);
    expect(new Set(results.map((each) => each.ok && each.job.id)).size).toBe(10_000);
    expect(results.every((each, n) => each.ok && (each.job.payload as { n: number }).n === n)).toBe(true);
    const [row] = await services.platform.database.query<{ stored: number }>(
      { name: 'test_bulk', text: `select count(*)::int as stored from cloudtask.jobs where type = 'bulk'` },
      [],
    );
    expect(row).toEqual({ stored: 10_000 });
    expect(proxy.counts.unsent).toBeGreaterThanOrEqual(5);
    expect(proxy.counts.unanswered).toBeGreaterThanOrEqual(5);
    expect(seconds).toBeLessThan(10);
  }, 30_000);

  it('makes schedules of definitions and names, changes, pauses, triggers and deletes them', async () => {
    const report = defineJob({
      type: 'report',
      queue: 'slow',
      timeout: '5m',
      payload: jsonSchema<{ month: string }>({ type: 'object' }),
    });
    const daily = await ct.schedules.create({
      name: 'daily',
      job: report,
      payload: { month: '2026-10' },
      cron: '0 9 * * *',
      priority: 8,
    });
    expect(daily).toMatchObject({ type: 'report', queue: 'slow', priority: 8, payload: { month: '2026-10' } });
    await expect(ct.schedules.create({ name: 'daily', type: 'report', every: '1h' })).rejects.toThrow(ConflictError);
    await ct.schedules.create({ name: 'hourly', type: 'report', payload: null, every: '1h' });

    expect((await ct.schedules.list({ limit: 1 }).toArray({ limit: 10 })).map(({ name }) => name)).toEqual([
      'daily',
      'hourly',
    ]);
    expect(await ct.schedules.update('daily', { cron: '0 7 * * *', queue: null })).toMatchObject({ cron: '0 7 * * *' });
    expect(await ct.schedules.pause(daily.id, { reason: 'holidays' })).toMatchObject({ pauseReason: 'holidays' });
    expect(await ct.schedules.resume('daily')).toMatchObject({ pausedAt: null });
    expect(await ct.schedules.trigger('daily')).toMatchObject({ type: 'report', scheduleId: daily.id });
    expect(await ct.schedules.get('daily')).toMatchObject({ lastJobId: expect.any(String), recentSlots: [] });
    expect((await ct.schedules.preview({ every: '1h', count: 3 })).slots).toHaveLength(3);

    await ct.schedules.delete('daily');
    await expect(ct.schedules.get('daily')).rejects.toThrow(NotFoundError);
    await ct.schedules.delete('hourly');
  });

  it('shows failures by cause, discards and restores them, counts what a retry would be about, and retries it', async () => {
    let isBroken = true;
    await services.worker({
      flaky: () => {
        if (isBroken) throw new Error('the disk is full');
        return 'done';
      },
    });
    const jobs = await ct.jobs.createMany('flaky', [1, 2, 3], { maxAttempts: 1 });
    for (const each of jobs) if (each.ok) expect((await ct.jobs.wait(each.job.id)).status).toBe('FAILED');

    const [cause] = await ct.failures.list({ type: 'flaky' }).toArray({ limit: 10 });
    expect(cause).toMatchObject({ type: 'flaky', count: 3, error: { message: 'the disk is full' } });
    const filter = { fingerprint: cause?.fingerprint ?? '' };
    expect(await ct.jobs.retryMany(filter, { dryRun: true })).toMatchObject({ matched: 3, isExact: true });

    const discarded = await ct.failures.discard(filter, { reason: 'bad import', rate: '100/s' });
    expect(discarded).toMatchObject({ action: 'discard', reason: 'bad import', rate: 100 });
    const hasEnded = async (id: string) => (await ct.jobs.actions.get(id)).state === 'DONE';
    await eventually(() => hasEnded(discarded.id), { timeoutMs: 12_000 });
    expect((await ct.failures.list()).data).toEqual([]);
    expect((await ct.failures.list({ discarded: true })).data).toMatchObject([
      { count: 3, discardReason: 'bad import' },
    ]);
    expect(await ct.failures.discard(filter, { dryRun: true })).toMatchObject({ matched: 0 });
    expect(await ct.failures.restore(filter, { dryRun: true })).toMatchObject({ matched: 3 });
    const restored = await ct.failures.restore(filter);
    await eventually(() => hasEnded(restored.id), { timeoutMs: 12_000 });

    isBroken = false;
    const action = await ct.jobs.retryMany(filter, { canary: 1, rate: '100/s' });
    expect(action).toMatchObject({ action: 'retry', canary: 1, rate: 100 });
    await eventually(() => hasEnded(action.id), { timeoutMs: 12_000 });
    const actions = [action, restored, discarded].map(({ id }) => id);
    expect((await ct.jobs.actions.list()).data.map(({ id }) => id)).toEqual(actions);
    await expect(ct.jobs.actions.stop(action.id)).rejects.toThrow(ConflictError);
    expect(await ct.jobs.cancelMany({ type: 'flaky', since: new Date(0) }, { dryRun: true })).toMatchObject({
      matched: 0,
    });
    for (const each of jobs) if (each.ok) expect(await ct.jobs.result(each.job.id)).toBe('done');
  });

  it('hears everything that a job says, and all of its log again', async () => {
    await services.worker({
      tells: async (_, ctx) => {
        ctx.log.info('one');
        ctx.progress(50, 'half');
        ctx.log.warn('two', { of: 2 });
        return 'said';
      },
    });
    const seen: string[] = [];
    const submitted = ct.jobs.create('tells');
    for await (const event of submitted.watch({ from: 'start' })) {
      if (event.kind === 'status') seen.push(event.status);
      else seen.push(event.kind === 'log' ? event.message : `${event.percent} %`);
    }
    expect(seen).toEqual(expect.arrayContaining(['one', '50 %', 'two', 'COMPLETED']));
    expect(seen.at(-1)).toBe('COMPLETED');
    const { id } = await submitted;
    const lines: string[] = [];
    for await (const { message } of ct.jobs.logs(id, { follow: true })) lines.push(message);
    expect(lines).toEqual(['one', 'two']);
    expect((await ct.jobs.logs(id, { level: 'warn' })).data).toMatchObject([{ message: 'two', fields: { of: 2 } }]);
    expect((await ct.jobs.attempts(id)).data).toMatchObject([{ attempt: 1, outcome: 'completed' }]);
    expect(await ct.jobs.explain(id)).toMatchObject({ verdict: 'finished' });
  });

  it('knows the platform: health, numbers, queues, workers and types', async () => {
    await services.worker({ known: () => 1 });
    expect(await ct.health()).toMatchObject({ status: 'UP' });
    expect(await ct.stats()).toMatchObject({ workers: { live: expect.any(Number) } });
    expect(await ct.queues.pause('letters', { reason: 'no stamps', for: '10m' })).toMatchObject({
      reason: 'no stamps',
    });
    expect((await ct.queues.list()).data).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'letters', pause: expect.anything() })]),
    );
    await ct.queues.resume('letters');
    expect((await ct.workers.list()).data.some(({ types }) => types.includes('known'))).toBe(true);
    expect((await ct.types.list()).data.map(({ type }) => type)).toContain('known');
    expect(await ct.types.get('known')).toMatchObject({ type: 'known', sensitive: [], examples: [] });
    await expect(ct.types.get('unknown')).rejects.toMatchObject({ code: 'TYPE_NOT_FOUND', status: 404 });
    const openapi = ct.request('GET', '/openapi.json').asResponse();
    expect(await (await openapi).json()).toMatchObject({ openapi: expect.stringContaining('3.1') });
    expect(await (await ct.request('GET', '/actuator/prometheus').asResponse()).text()).toContain('jobs_created_total');
  });

  it('refuses a payload of a schedule before it is sent', async () => {
    const refusing = defineJob({
      type: 'refusing',
      payload: {
        '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'never' }] }) },
      },
    });
    const schedule = { name: 'never', job: refusing, payload: null as never, every: '1h' } as const;
    await expect(ct.schedules.create(schedule)).rejects.toThrow(PayloadValidationError);
  });
});
