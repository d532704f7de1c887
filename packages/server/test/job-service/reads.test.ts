import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';
import { type StandIn, standInWorker } from './worker-stand-in.ts';

let api: TestApi;
let worker: StandIn;
beforeAll(async () => {
  api = await openTestApi();
  worker = await standInWorker(api.database, { types: ['a', 'b', 'test'] });
});
afterAll(() => api.close());

describe('a job', () => {
  it('shows its attempts, result, worker and times', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token, { type: 'test', maxAttempts: 2 });
    const read = async () => (await api.call<Job>('GET', `/jobs/${id}`, { token })).body;

    const first = await worker.claim(id);
    expect(await read()).toMatchObject({
      status: 'RUNNING',
      attempt: 1,
      worker: { host: 'test-host' },
      finishedAt: null,
    });
    await worker.settle(first, {
      kind: 'failed',
      reason: 'ERROR',
      name: 'Error',
      message: 'no',
      retryable: true,
      retryDelayMs: 60_000,
    });
    const retrying = await read();
    expect(retrying).toMatchObject({
      status: 'RETRYING',
      attempt: 1,
      error: { message: 'no', attempt: 1 },
      worker: null,
    });
    expect(Date.parse(retrying.nextAttemptAt ?? '')).toBeGreaterThan(Date.now());
    await api.database.query(
      { name: 'due_now', text: `update cloudtask.job_states set status = 'PENDING', next_at = null where id = $1` },
      [id],
    );
    await worker.complete(id, { answer: 42 });
    const done = await read();
    expect(done).toMatchObject({ status: 'COMPLETED', attempt: 2, result: { answer: 42 }, error: null, reason: null });
    expect(done.finishedAt).toBe(done.updatedAt);
    expect(done.startedAt).not.toBeNull();
  });

  it('many reads at once are all answered, each with its own', async () => {
    const { token } = await api.register();
    const jobs = await Promise.all(Array.from({ length: 50 }, (_, n) => api.submit(token, { type: 'a', payload: n })));
    const reads = await Promise.all([...jobs, ...jobs].map(({ id }) => api.call<Job>('GET', `/jobs/${id}`, { token })));
    expect(reads.map(({ body }) => body.payload)).toEqual([...jobs, ...jobs].map(({ payload }) => payload));
  });
});

describe('waiting', () => {
  it('answers as soon as the job is final', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const startedAt = performance.now();
    const waiting = api.call<Job>('GET', `/jobs/${id}?wait=25s`, { token });
    const claimed = await worker.claim(id);
    await worker.settle(claimed, { kind: 'completed', result: 1 });
    api.signals.ring('jobs', [{ id }]);
    expect((await waiting).body.status).toBe('COMPLETED');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('sees it without the doorbell too', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const waits = Promise.all(
      [1, 2, 3].map(() => api.call<Job>('GET', `/jobs/${id}?wait=20s&fields=status`, { token })),
    );
    await worker.complete(id);
    expect((await waits).map(({ body }) => body)).toEqual(new Array(3).fill({ status: 'COMPLETED' }));
  });

  it('answers at the timeout with the job as it is then', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    await worker.claim(id);
    const answer = await api.call<Job>('GET', `/jobs/${id}?wait=300ms`, { token });
    expect([answer.status, answer.body.status]).toEqual([200, 'RUNNING']);
  });

  it('ends when the service stops', async () => {
    const other = await openTestApi({ database: api.database });
    const { token } = await api.register();
    const { id } = await api.submit(token);
    const waiting = other.call<Job>('GET', `/jobs/${id}?wait=60s`, { token });
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([other.close(), waiting]);
    expect((await waiting).body.status).toBe('PENDING');
  });

  it.each(['25', 'soon', '-1s', ''])('refuses wait=%s', async (wait) => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    expect((await api.call('GET', `/jobs/${id}?wait=${wait}`, { token })).status).toBe(400);
  });
});

describe('the list', () => {
  it('is an array of own jobs, newest first', async () => {
    const { token } = await api.register();
    const jobs = [];
    for (let n = 0; n < 5; n += 1) jobs.push(await api.submit(token, { type: 'test', payload: n }));
    const { body } = await api.call<Job[]>('GET', '/jobs', { token });
    expect(body.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).reverse());
    const oldest = await api.call<Job[]>('GET', '/jobs?order=oldest', { token });
    expect(oldest.body.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(body[0]).toMatchObject({ payload: 4, status: 'PENDING' });
  });

  it.each(['newest', 'oldest'])('walks all pages, %s first, each job once', async (order) => {
    const { token } = await api.register();
    await Promise.all(Array.from({ length: 23 }, (_, n) => api.submit(token, { type: n % 2 ? 'a' : 'b' })));
    for (const [filter, count] of [
      ['', 23],
      ['&type=a', 11],
      ['&type=a,b&status=PENDING', 23],
    ] as const) {
      const seen: string[] = [];
      let url: string | undefined = `/jobs?limit=5&order=${order}${filter}`;
      while (url !== undefined) {
        const page: { body: Job[]; headers: Record<string, unknown> } = await api.call<Job[]>('GET', url, { token });
        seen.push(...page.body.map(({ id }) => id));
        url = /<(.+)>; rel="next"/.exec(String(page.headers['link'] ?? ''))?.[1];
      }
      expect(seen).toHaveLength(count);
      expect(seen).toEqual(order === 'oldest' ? [...seen].sort() : [...seen].sort().reverse());
      expect(new Set(seen).size).toBe(count);
    }
  });

  it('filters', async () => {
    const { token } = await api.register();
    await api.submit(token, { type: 'a', queue: 'mail', tags: ['red', 'big'], payload: { to: 'ada@example.com' } });
    await api.submit(token, { type: 'b', tags: ['red'], payload: { percent: '100%_off' } });
    const { id } = await api.submit(token, { type: 'test' });
    await worker.complete(id);
    const find = async (query: string) =>
      (await api.call<Job[]>('GET', `/jobs?order=oldest&${query}`, { token })).body.map(({ type }) => type).join();
    expect(await find('type=a')).toBe('a');
    expect(await find('type=a&type=b')).toBe('a,b');
    expect(await find('status=completed')).toBe('test');
    expect(await find('status=PENDING,COMPLETED')).toBe('a,b,test');
    expect(await find('queue=mail')).toBe('a');
    expect(await find('tag=red')).toBe('a,b');
    expect(await find('tag=red&tag=big')).toBe('a');
    expect(await find('q=ADA@example')).toBe('a');
    expect(await find('q=100%25_')).toBe('b');
    expect(await find('q=1_0')).toBe('');
    expect(await find('since=1h')).toBe('a,b,test');
    expect(await find('until=1h')).toBe('');
    expect(await find(`since=${new Date(Date.now() - 60_000).toISOString()}`)).toBe('a,b,test');
    expect(await find(`until=${new Date(Date.now() - 60_000).toISOString()}`)).toBe('');
  });

  it('filters by payload, error, worker and attempts, in a list and in a count', async () => {
    const { token } = await api.register();
    const payload = {
      to: 'ada@example.com',
      n: 3,
      isUrgent: true,
      user: { name: 'Ada' },
      tags: ['a', 7],
      list: [{ id: 1 }],
    };
    await api.submit(token, { type: 'a', payload });
    await api.submit(token, {
      type: 'b',
      payload: { to: 'bob@example.com', n: '3', user: 'Ada', tags: 'a', why: 'x=y' },
    });
    const { id } = await api.submit(token, { type: 'test', payload: ['first'] });
    const claimed = await worker.claim(id);
    const failure = { kind: 'failed', reason: 'ERROR', retryable: false, retryDelayMs: 0 } as const;
    await worker.settle(claimed, { ...failure, name: 'SystemError', code: 'ENOSPC', message: '100% full' });
    const find = async (query: Record<string, string | string[]>) => {
      const search = new URLSearchParams(
        Object.entries(query).flatMap(([k, v]) => [v].flat().map((each): [string, string] => [k, each])),
      );
      const { body } = await api.call<Job[]>('GET', `/jobs?order=oldest&${search}`, { token });
      const counted = await api.call('GET', `/jobs/count?${search}`, { token });
      expect(counted.body).toEqual({ count: body.length, isExact: true });
      return body.map(({ type }) => type).join();
    };
    expect(await find({ field: 'to=ada@example.com' })).toBe('a');
    expect(await find({ field: 'to=ada' })).toBe('');
    expect(await find({ field: 'n=3' })).toBe('a,b');
    expect(await find({ field: 'n:=3' })).toBe('a');
    expect(await find({ field: 'n:=3.0' })).toBe('a');
    expect(await find({ field: 'n:="3"' })).toBe('b');
    expect(await find({ field: 'isUrgent=true' })).toBe('a');
    expect(await find({ field: ['user.name=Ada', 'n=3'] })).toBe('a');
    expect(await find({ field: 'user[name]=Ada' })).toBe('a');
    expect(await find({ field: 'tags[]=a' })).toBe('a');
    expect(await find({ field: 'tags[]:=7' })).toBe('a');
    expect(await find({ field: 'list[0][id]=1' })).toBe('a');
    expect(await find({ field: 'list[]:={"id":1}' })).toBe('a');
    expect(await find({ field: '0=first' })).toBe('test');
    expect(await find({ field: 'why=x=y' })).toBe('b');
    expect(await find({ error: 'enospc' })).toBe('test');
    expect(await find({ error: '100% F' })).toBe('test');
    expect(await find({ error: '1_0' })).toBe('');
    expect(await find({ error: 'ERROR', type: 'a' })).toBe('');
    expect(await find({ worker: 'test-host' })).toBe('test');
    expect(await find({ worker: 'nobody,test-host' })).toBe('test');
    expect(await find({ worker: 'nobody' })).toBe('');
    expect(await find({ minAttempt: '1' })).toBe('test');
    expect(await find({ minAttempt: '2' })).toBe('');
  });

  it.each(['to', '=ada', 'n:=three', 'a..b=1', 'tags[=a', 'a[]b=1', 'list[0].id=1', `${'a.'.repeat(40)}b=1`])(
    'refuses the condition %s, and says how one looks',
    async (field) => {
      const { token } = await api.register();
      const answer = await api.call('GET', `/jobs?field=${encodeURIComponent(field)}`, { token });
      expect([answer.status, problemOf(answer).issues?.[0]?.path]).toEqual([400, '/field']);
    },
  );

  it('shows only the members asked for', async () => {
    const { token } = await api.register();
    const { id } = await api.submit(token);
    expect((await api.call('GET', '/jobs?fields=id,status', { token })).body).toEqual([{ id, status: 'PENDING' }]);
    expect((await api.call('GET', '/jobs?fields=result', { token })).body).toEqual([{ result: null }]);
  });

  it('finds a job by the end of its id', async () => {
    const { token } = await api.register();
    const jobs = await Promise.all([api.submit(token), api.submit(token)]);
    const { id } = jobs[0];
    const find = (ref: string) => api.call<Job[]>('GET', `/jobs?ref=${ref}`, { token });
    expect((await find(id.slice(-8).toUpperCase())).body.map((job) => job.id)).toEqual([id]);
    expect((await find(id)).body.map((job) => job.id)).toEqual([id]);
    expect((await find('ffffffff')).body).toEqual([]);
    await api.database.query(
      {
        name: 'twin',
        text: `insert into cloudtask.jobs select gen_random_uuid(), user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, ttl_ms, run_at, tags, metadata, schedule_id, scheduled_for, created_at from cloudtask.jobs where id = $1`,
      },
      [id],
    );
    await api.database.query(
      {
        name: 'twin_id',
        text: `update cloudtask.jobs set id = ('00000000-0000-7000-8000-' || right(id::text, 0) || right($1::text, 12))::uuid where user_id = (select user_id from cloudtask.jobs where id = $1::uuid) and id not in ($1::uuid, $2::uuid)`,
      },
      [id, jobs[1].id],
    );
    const ambiguous = await find(id.slice(-8));
    expect([ambiguous.status, problemOf(ambiguous).code]).toEqual([409, 'AMBIGUOUS_REFERENCE']);
  });

  it("refuses another user's cursor, another order's, and one that was changed", async () => {
    const [mine, other] = [(await api.register()).token, (await api.register()).token];
    await Promise.all([api.submit(mine), api.submit(mine)]);
    const { headers } = await api.call('GET', '/jobs?limit=1', { token: mine });
    const cursor = /cursor=([\w-]+)/.exec(String(headers['link']))?.[1] ?? '';
    const ask = (token: string, query: string) => api.call('GET', `/jobs?${query}`, { token });
    expect((await ask(mine, `cursor=${cursor}`)).status).toBe(200);
    for (const answer of [
      await ask(other, `cursor=${cursor}`),
      await ask(mine, `order=oldest&cursor=${cursor}`),
      await ask(mine, `cursor=${cursor.slice(0, -2)}AA`),
    ]) {
      expect([answer.status, problemOf(answer).code]).toEqual([400, 'INVALID_CURSOR']);
    }
  });
});
