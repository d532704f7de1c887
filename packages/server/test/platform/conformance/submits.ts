import type { BatchResult, Job } from '@cloudtask/sdk/contract';
import { expect, it } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.ts';
import type { Rules } from '../platform.conformance.ts';

export const submitRules: Rules = (services) => {
  it('a job completes with its result', async () => {
    await services().worker({ double: (n) => (n as number) * 2 });
    const submitted = await services().submit({ type: 'double', payload: 21 });
    expect(submitted).toMatchObject({ status: 'PENDING', attempt: 0, result: null });
    const job = await services().jobWhen(submitted.id, 'COMPLETED');
    expect(job).toMatchObject({ result: 42, attempt: 1, error: null, reason: null });
    expect(Date.parse(job.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(job.startedAt ?? ''));
  });

  it('who waits for a job is answered when it ends', async () => {
    let end = (_: string) => {};
    const ending = new Promise<string>((resolve) => {
      end = resolve;
    });
    await services().worker({ awaited: () => ending });
    const { id } = await services().submit({ type: 'awaited' });
    await services().jobWhen(id, 'RUNNING');
    const waiting = services().call<Job>('GET', `/jobs/${id}?wait=20s`);
    end('done');
    const endedAt = performance.now();
    expect((await waiting).body).toMatchObject({ status: 'COMPLETED', result: 'done' });
    expect(performance.now() - endedAt).toBeLessThan(5_000);
  });

  it('a batch of 300 is run, each job once', async () => {
    const runs = new Map<number, number>();
    await services().worker({
      counted: (n) => {
        runs.set(n as number, (runs.get(n as number) ?? 0) + 1);
        return { n };
      },
    });
    const jobs = Array.from({ length: 300 }, (_, n) => ({ type: 'counted', payload: n }));
    const { status, body } = await services().call<{ results: BatchResult[] }>('POST', '/jobs/batch', { jobs });
    expect(status).toBe(200);
    const ids = body.results.flatMap((result) => (result.ok ? [result.job.id] : []));
    expect(ids).toHaveLength(300);
    const listed = await eventually(
      async () => {
        const list = await services().call<Job[]>('GET', '/jobs?type=counted&status=COMPLETED&limit=1000');
        return list.body.length === 300 && list.body;
      },
      { timeoutMs: 20_000, intervalMs: 100, describe: () => `${runs.size} have run` },
    );
    const results = new Map(listed.map((job) => [job.id, job.result]));
    expect(ids.map((id) => results.get(id))).toEqual(jobs.map(({ payload }) => ({ n: payload })));
    expect([...runs.values()].filter((count) => count !== 1)).toEqual([]);
  });

  it('two submits with one key are one job, and another body is refused', async () => {
    let runs = 0;
    await services().worker({ once: () => ++runs });
    const submit = (payload: number) =>
      services().call<Job>('POST', '/jobs', { type: 'once', payload }, { 'idempotency-key': 'the-key' });
    const [first, second] = await Promise.all([submit(1), submit(1)]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).toBe(first.body.id);
    expect((await services().jobWhen(first.body.id, 'COMPLETED')).result).toBe(1);
    const later = await submit(1);
    expect(later.body.id).toBe(first.body.id);
    expect(later.headers.get('idempotency-replayed')).toBe('true');
    expect((await submit(2)).status).toBe(422);
    expect(runs).toBe(1);
  });

  it('a job without a worker of its type waits, and runs when one comes', async () => {
    const first = await services().worker({ known: () => 'known' });
    const { id } = await services().submit({ type: 'unknown' });
    const other = await services().submit({ type: 'known' });
    await services().jobWhen(other.id, 'COMPLETED');
    expect(await services().job(id)).toMatchObject({ status: 'PENDING', attempt: 0, startedAt: null });
    // On one queue the first would be offered half of what only the second can run, and each such offer costs 5 s.
    await first.close();
    await services().worker({ unknown: () => 'known by now' });
    expect((await services().jobWhen(id, 'COMPLETED')).result).toBe('known by now');
  });
};
