import { type LogEntry, writeJournal } from '@cloudtask/core/protocol/journal';
import { noteLateResults } from '@cloudtask/core/protocol/late-results';
import type { Job } from '@cloudtask/sdk/contract';
import type { JobAttempt, JobLog } from '@cloudtask/sdk/live-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobAttemptSchema, JobLogSchema } from '../../src/job-service/schemas/live-schema.ts';
import { type Answer, openTestApi, problemOf, type TestApi } from './api.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  worker = await standInWorker(api.database);
  token = (await api.register()).token;
});
afterAll(() => api.close());

type Claimed = Awaited<ReturnType<StandIn['claim']>>;
const FAILED = { kind: 'failed', reason: 'ERROR', name: 'Error', message: 'no luck', retryDelayMs: 0 } as const;

const entry = (n: number, level: LogEntry['level'] = 'info'): LogEntry => {
  return { n, at: 1_767_225_600_000 + n, level, message: `line ${n}`, fields: n % 2 ? { n } : null };
};

async function say({ id, fence, claimToken, attempt }: Claimed, page: object): Promise<void> {
  const written = await writeJournal(api.database, [{ jobId: id, fence, claimToken, attempt, logs: [], ...page }]);
  expect(written).toEqual([id]);
}

/** All pages of a list. */
async function all<Item>(url: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let next: string | undefined = url; next; ) {
    const answer: Answer<Item[]> = await api.call<Item[]>('GET', next, { token });
    expect(answer.status).toBe(200);
    items.push(...answer.body);
    next = /^<(.*)>; rel="next"$/.exec(String(answer.headers['link'] ?? ''))?.[1];
  }
  return items;
}

/** Attempts 1 and 2 said three lines each; the second one runs. */
async function talkative(): Promise<{ id: string; second: Claimed }> {
  const { id } = await api.submit(token, { type: 'test', maxAttempts: 3 });
  const first = await worker.claim(id);
  await say(first, { logs: [entry(1), entry(3, 'warn'), entry(4, 'error')] });
  await worker.settle(first, { kind: 'interrupted', started: true });
  const second = await worker.claim(id);
  await say(second, { logs: [entry(1, 'debug'), entry(2), entry(5, 'warn')] });
  return { id, second };
}

describe('the log of a job', () => {
  const messages = (logs: JobLog[]) => logs.map(({ seq }) => seq);

  it('has the lines of all attempts, in order, each with its place', async () => {
    const { id } = await talkative();
    const logs = (await api.call<JobLog[]>('GET', `/jobs/${id}/logs`, { token })).body;
    for (const line of logs) expect([...Compile(JobLogSchema).Errors(line)]).toEqual([]);
    expect(messages(logs)).toEqual(['1.1.1', '1.1.3', '1.1.4', '2.1.1', '2.1.2', '2.1.5']);
    expect(logs[1]).toEqual({
      seq: '1.1.3',
      at: '2026-01-01T00:00:00.003Z',
      attempt: 1,
      level: 'warn',
      message: 'line 3',
      fields: { n: 3 },
    });
  });

  it.each([
    ['limit=2', ['1.1.1', '1.1.3', '1.1.4', '2.1.1', '2.1.2', '2.1.5']],
    ['limit=4&order=newest', ['2.1.5', '2.1.2', '2.1.1', '1.1.4', '1.1.3', '1.1.1']],
    ['limit=1&level=warn', ['1.1.3', '1.1.4', '2.1.5']],
    ['level=error', ['1.1.4']],
    ['attempt=2', []],
  ])('is listed with %s', async (query, expected) => {
    const { id } = await talkative();
    expect(messages(await all(`/jobs/${id}/logs?${query}`))).toEqual(expected);
  });

  it('refuses a cursor of another list', async () => {
    const [one, other] = [await talkative(), await talkative()];
    const { headers } = await api.call('GET', `/jobs/${one.id}/logs?limit=1`, { token });
    const cursor = /cursor=([\w-]+)/.exec(String(headers['link']))?.[1];
    for (const url of [`/jobs/${other.id}/logs`, `/jobs/${one.id}/attempts`, `/jobs/${one.id}/logs?order=newest`]) {
      const answer = await api.call('GET', `${url}${url.includes('?') ? '&' : '?'}cursor=${cursor}`, { token });
      expect([answer.status, problemOf(answer).code]).toEqual([400, 'INVALID_CURSOR']);
    }
  });

  it('is still there after a person retried the job', async () => {
    const { id, second } = await talkative();
    await worker.settle(second, { ...FAILED, retryable: false });
    await api.call('POST', `/jobs/${id}/retry`, { token });
    const third = await worker.claim(id);
    await say(third, { logs: [entry(1)] });
    expect(messages(await all(`/jobs/${id}/logs?limit=2`)).slice(-2)).toEqual(['2.1.5', `${third.fence}.1.1`]);
    expect(messages(await all(`/jobs/${id}/logs?attempt=2`))).toEqual([`${third.fence}.1.1`]);
  });
});

describe('the attempts of a job', () => {
  const attemptsOf = (id: string, query = '') => all<JobAttempt>(`/jobs/${id}/attempts${query}`);

  it('are none before the first', async () => {
    expect(await attemptsOf((await api.submit(token)).id)).toEqual([]);
  });

  it('are the one that completed when the first did', async () => {
    const { id } = await api.submit(token);
    await worker.complete(id);
    const job = (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;
    expect(await attemptsOf(id)).toEqual([
      {
        attempt: 1,
        outcome: 'completed',
        reason: null,
        error: null,
        worker: job.worker,
        startedAt: job.startedAt,
        endedAt: job.finishedAt,
        lateResultAt: null,
      },
    ]);
  });

  it('say of each how it ended, by whom, and of the last that it runs', async () => {
    const { id } = await api.submit(token, { type: 'test', maxAttempts: 5 });
    const outcomes = [
      { ...FAILED, retryable: true },
      { kind: 'snoozed', delayMs: 0 },
      { kind: 'interrupted', started: true },
      { ...FAILED, reason: 'TIMEOUT', retryable: true },
    ] as const;
    let last: Claimed | undefined;
    for (const outcome of outcomes) {
      last = await worker.claim(id);
      await worker.settle(last, outcome);
      await api.database.query({ name: 'test_due', text: DUE }, [id]);
    }
    if (last) await noteLateResults(api.database, [{ ...last, jobId: id }]);
    await worker.claim(id);
    const attempts = await attemptsOf(id, '?limit=2');
    for (const attempt of attempts) expect([...Compile(JobAttemptSchema).Errors(attempt)]).toEqual([]);
    expect(attempts.map(({ attempt, outcome, reason }) => [attempt, outcome, reason])).toEqual([
      [1, 'failed', 'ERROR'],
      [2, 'snoozed', null],
      [2, 'interrupted', null],
      [2, 'failed', 'TIMEOUT'],
      [3, 'running', null],
    ]);
    expect(attempts[0]).toMatchObject({
      error: { message: 'no luck', attempt: 1 },
      worker: { id: expect.stringMatching(/^stand-in/), host: 'test-host' },
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      lateResultAt: null,
    });
    expect(attempts[3]?.lateResultAt).toEqual(expect.any(String));
    expect(attempts[4]).toMatchObject({ endedAt: null, worker: { host: 'test-host' } });
  });
});

describe('the progress of a job', () => {
  it('is that of the attempt that runs or was the last', async () => {
    const { id } = await api.submit(token, { type: 'test' });
    const progress = async () => {
      const [listed] = (await api.call<Job[]>('GET', '/jobs?limit=1', { token })).body;
      const read = (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;
      expect(listed?.progress).toEqual(read.progress);
      return read.progress;
    };
    expect(await progress()).toBeNull();
    const first = await worker.claim(id);
    await say(first, { progress: { n: 1, percent: 12.5, message: 'sending', data: { sent: [1] } } });
    expect(await progress()).toEqual({ percent: 12.5, message: 'sending', data: { sent: [1] } });
    await worker.settle(first, { kind: 'interrupted', started: true });
    expect(await progress()).toMatchObject({ percent: 12.5 });
    const second = await worker.claim(id);
    expect(await progress()).toBeNull();
    await say(second, { progress: { n: 1, percent: 100, message: null, data: null } });
    await worker.settle(second, { kind: 'completed', result: 1 });
    expect(await progress()).toEqual({ percent: 100, message: null, data: null });
  });
});

const DUE = `
  with due as (update cloudtask.job_states set status = 'PENDING', next_at = null where id = $1 returning id)
  delete from cloudtask.timers t using due where t.job_id = due.id`;
