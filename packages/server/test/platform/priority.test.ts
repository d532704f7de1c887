import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { openServices, type Services } from './open-services.ts';

let services: Services | undefined;
afterEach(() => services?.close());

async function open(ageing?: string): Promise<Services> {
  const urls = { databaseUrl: 'pglite:memory', brokerUrl: 'memory:', signalsUrl: 'memory:' };
  services = await openServices({ ...urls, ...(ageing !== undefined && { ageing }) });
  return services;
}

const submitMany = async ({ call }: Services, bodies: readonly object[]) =>
  expect((await call('POST', '/jobs/batch', { jobs: bodies })).status).toBe(200);

it('the least urgent job is started in the end, however many urgent ones come', { timeout: 60_000 }, async () => {
  const ageingMs = 200;
  const platform = await open(`${ageingMs}ms`);
  const started: { name: unknown; createdAt: number; startedAt: number }[] = [];
  await platform.worker(
    {
      busy: async (name, { job }) => {
        started.push({ name, createdAt: job.createdAt.getTime(), startedAt: Date.now() });
        await pause(20);
      },
    },
    { slots: 4 },
  );
  let submitted = 0;
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  // Always more than the broker may hold (half a second of work: 100 jobs), so that the order is the database's; and never
  // so many that the wait among equals grows.
  const flood = (async () => {
    while (!isOver) {
      const missing = 160 - (submitted - started.length);
      if (missing >= 20) {
        const urgent = Array.from({ length: missing }, () => ({ type: 'busy', payload: 'urgent', priority: 9 }));
        await submitMany(platform, urgent);
        submitted += missing;
      } else await pause(5);
    }
  })();
  await eventually(() => started.length > 100);
  const patient = await platform.submit({ type: 'busy', payload: 'patient', priority: 0 });
  const bound = Date.parse(patient.createdAt) + 9 * ageingMs;
  submitted += 1;
  const own = await eventually(() => started.find(({ name }) => name === 'patient'));
  await eventually(() => started.some(({ createdAt }) => createdAt > bound));
  isOver = true;
  await flood;
  const overtook = started.filter(({ createdAt, startedAt }) => createdAt > own.createdAt && startedAt < own.startedAt);
  expect(overtook.length).toBeGreaterThan(50);
  // What is in the broker, or on its way there, cannot be overtaken any more: half a second of work, and a busy machine.
  const inTheBrokerMs = 4_000;
  expect(overtook.filter(({ createdAt }) => createdAt > bound)).toEqual([]);
  expect(own.startedAt).toBeLessThan(bound + inTheBrokerMs);
});

it('an urgent job overtakes ten thousand that wait', { timeout: 60_000 }, async () => {
  const platform = await open();
  const usual = Array.from({ length: 10_000 }, () => ({ type: 'ranked', payload: 'usual' }));
  await submitMany(platform, usual);
  const started: unknown[] = [];
  const worker = await platform.worker(
    {
      ranked: async (name) => {
        started.push(name);
        await pause(10);
      },
    },
    { slots: 4 },
  );
  await eventually(() => started.length >= 20);
  const { id } = await platform.submit({ type: 'ranked', payload: 'urgent', priority: 9 });
  await platform.jobWhen(id, 'COMPLETED');
  expect(started.indexOf('urgent')).toBeLessThan(500);
  await worker.close({ graceMs: 1_000 });
});
