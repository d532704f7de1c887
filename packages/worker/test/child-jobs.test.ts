import { type Database, DatabaseUnavailable, type Queryable, type Statement } from '@cloudtask/core/database/database';
import { fireTimers } from '@cloudtask/core/protocol/fire-timers';
import { redriveJob } from '@cloudtask/core/protocol/redrive';
import type { Json } from '@cloudtask/sdk/contract';
import { defineHandler, type HandlerContext } from '@cloudtask/sdk/define-handler';
import { defineJob } from '@cloudtask/sdk/define-job';
import { ValidationError } from '@cloudtask/sdk/errors';
import { FatalError, RetryLater } from '@cloudtask/sdk/handler-errors';
import { jsonSchema } from '@cloudtask/sdk/schema';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import type { RunningWorker } from '../src/worker-life.ts';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { TestPlatform, USER } from './support/test-platform.ts';

interface Child {
  id: string;
  type: string;
  queue: string;
  payload: Json;
  userId: string;
  parentId: string | null;
  traceparent: string | null;
  status: string;
  hinted: boolean;
}

describe('the jobs that a handler makes', () => {
  let platform: TestPlatform;
  let worker: RunningWorker;
  let act: (context: HandlerContext, payload: Json) => unknown = () => null;

  const made = defineJob({ type: 'made', queue: 'made-queue', priority: 7 });
  const strict = defineJob({
    type: 'strict',
    payload: jsonSchema<{ n: number }>({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }),
  });

  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const handlers = [
      defineHandler({ type: 'parent', run: (payload, context) => act(context, payload) as never }),
      defineHandler(strict, () => null),
    ];
    worker = await platform.worker(handlers, { handlersFolder: isolatedHandlers });
  });
  afterAll(() => platform.close());

  async function run(todo: typeof act, options = {}): Promise<{ id: string; result: Json }> {
    act = todo;
    const id = await platform.submit('parent', null, options);
    const { status, result, error } = await platform.finished(id);
    expect(status, error?.message).toBe('COMPLETED');
    return { id, result };
  }

  const childrenOf = (parentId: string) =>
    platform.query<Child>(
      `select j.id, j.type, j.queue, j.payload, j.user_id as "userId", j.parent_id as "parentId", j.traceparent, s.status, s.hinted
         from cloudtask.jobs j join cloudtask.job_states s using (id) where j.parent_id = $1 order by j.id`,
      [parentId],
    );

  it('belong to its account and its trace, name it as their parent, and wait to be offered', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { id, result } = await run(({ jobs }) => jobs.create(made, { a: 1 }) as never, { traceparent });
    const [child] = await childrenOf(id);
    expect(result).toMatchObject({
      id: child?.id,
      type: 'made',
      queue: 'made-queue',
      priority: 7,
      status: 'PENDING',
      parentId: id,
    });
    expect(child).toMatchObject({ userId: USER, payload: { a: 1 }, hinted: false });
    expect(child?.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
  });

  it('are told of when no live worker runs their type', async () => {
    const { result } = await run(async ({ jobs }) => {
      const [unknown, known] = await Promise.all([jobs.create('nobody-runs-this'), jobs.create(strict, { n: 1 })]);
      return [unknown.warnings ?? null, known.warnings ?? null] as never;
    });
    expect(result).toEqual([[{ code: 'NO_WORKER', message: expect.stringContaining('nobody-runs-this') }], null]);
  });

  it('are refused by the rules of the API: by the schema of their type, and by its limits', async () => {
    const { id, result } = await run(async ({ jobs }) => {
      const byName = await jobs.create('strict', { n: 'one' }).catch((error: ValidationError) => error);
      const big = await jobs.create('made', 'x'.repeat(300_000)).catch((error: Error) => error);
      const huge = await jobs.create('made', 'x'.repeat(2_000_000)).catch((error: Error) => error);
      const wrong = await jobs.create('made', 1, { priority: 99 }).catch((error: Error) => error);
      return [byName, big, huge, wrong].map((error) =>
        error instanceof ValidationError
          ? { code: error.code, paths: error.issues.map(({ path }) => path) }
          : { code: (error as { code?: string }).code },
      ) as never;
    });
    expect(result).toEqual([
      { code: 'INVALID_PAYLOAD', paths: ['/payload/n'] },
      { code: 'PAYLOAD_TOO_LARGE', paths: ['/payload'] },
      { code: 'PAYLOAD_TOO_LARGE' },
      { code: 'VALIDATION_FAILED', paths: ['/priority'] },
    ]);
    expect(await childrenOf(id)).toEqual([]);
  });

  it('are checked by their definition before they leave the handler', async () => {
    const { result } = await run(async ({ jobs }) => {
      const checked = {
        ...strict,
        payload: {
          '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
        } as const,
      };
      return (await jobs
        .create(checked, 1 as never)
        .catch((error: Error & { code: string }) => [error.name, error.code])) as never;
    });
    expect(result).toEqual(['PayloadValidationError', 'INVALID_PAYLOAD']);
  });

  /** Runs `todo` in two attempts of one job, as after a failure; what each answered. */
  async function runTwice<T>(todo: (context: HandlerContext, payload: Json) => Promise<T>): Promise<[T, T]> {
    const answers: T[] = [];
    act = async (context, payload) => {
      answers.push(await todo(context, payload));
      if (context.attempt === 1) throw new RetryLater(1);
      return null;
    };
    const id = await platform.submit('parent', {});
    await platform.jobWhen(id, ({ status }) => status === 'RETRYING');
    await eventually(async () => {
      await fireTimers(platform.parts.database, 10);
      await platform.offerAgain('parent');
      return (await platform.job(id)).status === 'COMPLETED';
    });
    return answers as [T, T];
  }

  it('are the same in the next attempt for the same calls, also for calls at the same time', async () => {
    const [first, second] = await runTwice(async ({ jobs }) => {
      const two = await Promise.all([jobs.create(made, 1), jobs.create(made, 2)]);
      const many = await jobs.createMany(made, [3, 4]);
      return [...two.map(({ id }) => id), ...many.map((each) => each.ok && each.job.id)];
    });
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it('are refused in the next attempt where the same call has another payload', async () => {
    const [, second] = await runTwice(async ({ jobs, attempt }) => {
      const one = await jobs.create(made, { attempt }).catch((error: { code: string }) => error.code);
      const many = await jobs.createMany(made, [1, { attempt }]);
      return [one, ...many.map((each) => (each.ok ? 'stored' : each.error.code))];
    });
    expect(second).toEqual(['IDEMPOTENCY_KEY_REUSED', 'stored', 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('are the same when the handler changes what it was given before it makes them', async () => {
    const [first, second] = await runTwice(async (context, payload) => {
      Object.assign(payload as object, { attempt: context.attempt });
      return (await context.jobs.create(made, 1)).id;
    });
    expect(second).toBe(first);
  });

  it('are others when a person retries their parent with another payload', async () => {
    act = async ({ jobs, attempt }) => {
      const { id } = await jobs.create(made, { of: attempt });
      if (attempt === 1) throw new FatalError('the payload is wrong');
      return id as never;
    };
    const id = await platform.submit('parent', { wrong: true });
    await platform.jobWhen(id, ({ status }) => status === 'FAILED');
    await redriveJob(platform.parts.database, { id, userId: USER, payload: '{"wrong":false}' }, 1_000);
    await platform.offerAgain('parent');
    const { status, error } = await platform.finished(id);
    expect(status, error?.message).toBe('COMPLETED');
    expect((await childrenOf(id)).map(({ payload }) => payload)).toEqual([{ of: 1 }, { of: 2 }]);
  });

  it('have keys of their own where the order of the calls may change', async () => {
    const [first, second] = await runTwice(async ({ jobs, job, attempt }) => {
      const names = attempt === 1 ? ['a', 'b'] : ['b', 'a'];
      const ids: Record<string, string> = {};
      for (const name of names) {
        ids[name] = (await jobs.create(made, name, { idempotencyKey: `${job.id} ${name}` })).id;
      }
      return ids;
    });
    expect(second).toEqual(first);
  });

  it('may have unique keys: the job that has the key is the answer', async () => {
    const { id, result } = await run(async ({ jobs }) => {
      const one = await jobs.create(made, 1, { unique: { key: 'child' } });
      const other = await jobs.create(made, 2, { unique: { key: 'child' } });
      const refused = await jobs
        .create(made, 3, { unique: { key: 'child', onConflict: 'reject' } })
        .catch((error: { code: string }) => error.code);
      return [one.id, other.id, refused] as never;
    });
    const [child] = await childrenOf(id);
    expect(result).toEqual([child?.id, child?.id, 'UNIQUE_CONFLICT']);
  });

  it('are not made by an attempt whose job is somebody else’s by now', async () => {
    const { id, result } = await run(async ({ jobs, job }) => {
      const token = await platform.query<{ token: string }>(
        'update cloudtask.job_states set fence = fence + 1 where id = $1 returning claim_token as token',
        [job.id],
      );
      const codes = [];
      for (const unique of [{}, { unique: { key: 'late' } }]) {
        codes.push(await jobs.create(made, 1, unique).catch((error: { code: string }) => error.code));
      }
      await platform.query('update cloudtask.job_states set fence = fence - 1 where claim_token = $1', [
        token[0]?.token,
      ]);
      return codes as never;
    });
    expect(result).toEqual(['ATTEMPT_IS_OVER', 'ATTEMPT_IS_OVER']);
    expect(await childrenOf(id)).toEqual([]);
  });

  it('are not made after the attempt has ended, not even while nobody has recorded its end', async () => {
    let jobs: HandlerContext['jobs'] | undefined;
    act = (context) => {
      jobs = context.jobs;
      return null;
    };
    platform.settlesReports = false;
    onTestFinished(() => {
      platform.settlesReports = true;
    });
    const id = await platform.submit('parent');
    await eventually(() => jobs !== undefined && worker.busy === 0);
    expect((await platform.job(id)).status).toBe('RUNNING');
    await expect(jobs?.create(made, 1)).rejects.toMatchObject({ code: 'ATTEMPT_IS_OVER' });
    expect(await childrenOf(id)).toEqual([]);
  });

  it('end no worker when the handler does not wait for them and its attempt is over', async () => {
    const unheard: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (error) => unheard.push(error));
    onTestFinished(() => {
      process.removeAllListeners('unhandledRejection');
      for (const other of others) process.on('unhandledRejection', other);
    });
    const logger = new RecordingLogger();
    const forgets = (_: Json, { jobs }: HandlerContext) => {
      // After the end of the attempt, whatever the load.
      setImmediate(() => void jobs.create('forgotten'));
      return null;
    };
    await platform.worker({ forgets }, { queues: ['forgetful'] }, { logger });
    await platform.finished(await platform.submit('forgets', null, { queue: 'forgetful' }));
    await eventually(() => logger.lines.some(({ message }) => message.includes('does it wait for all that it calls?')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  });

  it('are stored together when the handler makes many at the same moment', async () => {
    const statements: string[] = [];
    const note = (name: string) => void statements.push(name);
    await platform.worker(
      {
        'makes-many': async (_, { jobs }) => {
          const many = await Promise.all(Array.from({ length: 300 }, (_, n) => jobs.create('made', n)));
          return many.map(({ payload }) => payload);
        },
      },
      { queues: ['many'] },
      { database: seenBy(platform.parts.database, note) },
    );
    const { result } = await platform.finished(await platform.submit('makes-many', null, { queue: 'many' }));
    expect(result).toEqual(Array.from({ length: 300 }, (_, n) => n));
    for (const name of ['registered_types', 'lock_running_attempt']) {
      const times = statements.filter((each) => each === name).length;
      expect(times, name).toBeGreaterThan(0);
      expect(times, name).toBeLessThanOrEqual(5);
    }
  });

  it('are read with one look at the types for all handlers that make some at the same moment', async () => {
    let looks = 0;
    let waiting = 0;
    const all = Promise.withResolvers<void>();
    const makesOne = async (_: Json, { jobs }: HandlerContext) => {
      waiting += 1;
      if (waiting === 8) all.resolve();
      await all.promise;
      return (await jobs.create('made', 1)).payload;
    };
    const note = (name: string) => {
      if (name === 'registered_types') looks += 1;
    };
    await platform.worker(
      { 'makes-one': makesOne },
      { queues: ['one'] },
      { database: seenBy(platform.parts.database, note) },
    );
    const ids = await platform.submitMany('makes-one', new Array(8).fill(null), { queue: 'one' });
    for (const id of ids) expect((await platform.finished(id)).result).toBe(1);
    expect(looks).toBe(1);
  });

  it('are stored, and said to be, although one beside them could not be', async () => {
    const spoil = (name: string, values: readonly unknown[]) => {
      if (name === 'submit_unique_job' && JSON.stringify(values).includes('spoilt')) {
        throw new DatabaseUnavailable('the connection was lost');
      }
    };
    const unique = (key: string) => ({ payload: key, options: { unique: { key: `beside ${key}` } } });
    await platform.worker(
      {
        'makes-several': async (_, { jobs }) => {
          const several = await jobs.createMany('made', [unique('first'), unique('spoilt'), unique('last'), 'plain']);
          return several.map((each) => (each.ok ? each.job.payload : each.error.code));
        },
      },
      { queues: ['several'] },
      { database: seenBy(platform.parts.database, spoil) },
    );
    const id = await platform.submit('makes-several', null, { queue: 'several' });
    expect((await platform.finished(id)).result).toEqual(['first', 'DATABASE_UNAVAILABLE', 'last', 'plain']);
    expect((await childrenOf(id)).length).toBe(3);
  });

  it('are made from a child process too, any number of them', async () => {
    const payloads = Array.from({ length: 250 }, (_, n) => n);
    const id = await platform.submit('makes-jobs', payloads);
    const { result, error } = await platform.finished(id);
    expect(error).toBeNull();
    const children = await childrenOf(id);
    expect(result).toEqual({ parentId: id, ids: expect.anything() });
    expect(new Set((result as { ids: string[] }).ids)).toEqual(new Set(children.map((each) => each.id)));
    expect(children.map(({ payload }) => (payload as { n: number }).n).sort((a, b) => a - b)).toEqual([
      -1,
      ...payloads,
    ]);
  });
});

/** The real database, with somebody who sees each statement before it, those of transactions too, and may break it. */
function seenBy(database: Database, see: (name: string, values: readonly unknown[]) => void): Database {
  const onStatement = <Row>(db: Queryable, statement: Statement, values: readonly unknown[]) => {
    see(statement.name, values);
    return db.query<Row>(statement, values);
  };
  return new Proxy(database, {
    get(target, property) {
      if (property === 'query') {
        return (statement: Statement, values: readonly unknown[]) => onStatement(target, statement, values);
      }
      if (property === 'transaction') {
        return <T>(work: (tx: Queryable) => Promise<T>) =>
          target.transaction((tx) =>
            work({
              query: async (statement, values) => onStatement(tx, statement, values),
            }),
          );
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
