import { fileURLToPath } from 'node:url';
import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import { createLogger } from '@cloudtask/core/logger';
import type { Json } from '@cloudtask/sdk/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { withQuery } from '../../../test/support/with-query.ts';
import type { WorkerParts } from '../src/worker-life.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { TestPlatform } from './support/test-platform.ts';

const handlersFolder = fileURLToPath(new URL('./fixtures/speaking', import.meta.url));

interface Line {
  n: number;
  attempt: number;
  level: string;
  message: string;
  fields: Record<string, Json> | null;
}

const linesOf = (platform: TestPlatform, id: string) =>
  platform.query<Line>(
    'select n, attempt, level, message, fields from cloudtask.job_logs where job_id = $1 order by fence, n',
    [id],
  );
const progressOf = async (platform: TestPlatform, id: string) =>
  (await platform.query('select n, percent, message, data from cloudtask.progress where job_id = $1', [id]))[0];
const messagesOf = async (platform: TestPlatform, id: string) =>
  (await linesOf(platform, id)).map(({ message }) => message);

describe.each(['inline', 'process'])('what a handler says (%s)', (isolation) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker([], { handlersFolder });
  });
  afterAll(() => platform.close());

  const submit = (type: string, payload: Json = null, options = {}) =>
    platform.submit(`${type}-${isolation}`, payload, options);
  async function run(type: string, payload: Json = null, options = {}) {
    const id = await submit(type, payload, options);
    await platform.finished(id);
    return id;
  }

  it('is there when the end is seen: lines in order, the last progress, the last checkpoint', async () => {
    const id = await run('speak');
    const lines = await linesOf(platform, id);
    expect(lines.map(({ level, message, attempt }) => [level, message, attempt])).toEqual([
      ['info', 'begun', 1],
      ['warn', 'smtp://ada:[redacted]@mail', 1],
      ['debug', 'done', 1],
    ]);
    expect(lines[0]?.fields).toEqual({ step: 1, password: '[redacted]' });
    expect(lines[1]?.fields).toBeNull();
    expect(await progressOf(platform, id)).toEqual({ n: 5, percent: null, message: null, data: { sent: 3 } });
    expect(lines.map(({ n }) => n)).toEqual([1, 4, 6]);
    const saved = await platform.query('select state from cloudtask.checkpoints where job_id = $1', [id]);
    expect(saved).toEqual([{ state: { row: 7 } }]);
  });

  it('is handed to the next attempt', async () => {
    const id = await submit('resume', null, { maxAttempts: 3, backoff: JSON.stringify({ kind: 'fixed', delayMs: 0 }) });
    for (const failures of [1, 2]) {
      await platform.jobWhen(id, (job) => job.failures === failures);
      await makeDue(platform, id);
      await platform.hint(`resume-${isolation}`, [id]);
    }
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: { n: 3 } });
  });

  it('never throws into it, whatever it says', async () => {
    const id = await submit('unreadable');
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
    expect((await linesOf(platform, id)).map(({ message, fields }) => [message, fields])).toEqual([
      ['a revoked proxy', { dropped: 'fields that cannot be read' }],
      ['a getter', { dropped: 'fields that cannot be read' }],
      ['toJSON', { own: { n: 1 } }],
    ]);
  });

  it.each(['complete', 'fail', 'snooze', 'time-out'])('is written before the attempt ends: %s', async (how) => {
    const id = await submit('end', how, { maxAttempts: 1, timeoutMs: 400 });
    await platform.jobWhen(id, ({ status }) => status !== 'PENDING' && status !== 'RUNNING');
    expect(await messagesOf(platform, id)).toEqual(['the last words']);
  });

  it('has a limit of lines, and the last one says how many are missing', async () => {
    const id = await run('flood', 10_050);
    const messages = await messagesOf(platform, id);
    expect(messages).toHaveLength(10_001);
    expect(messages[9_999]).toBe('line 10000');
    expect(messages.at(-1)).toMatch(/^50 more lines were dropped: 10000 lines and 1048576 bytes/);
    expect(await progressOf(platform, id)).toMatchObject({ percent: 100 });
  }, 30_000);

  it('is cut, cleaned or dropped where it cannot be stored, and the log says what was dropped', async () => {
    const id = await run('bad');
    const [first, long, many, ...dropped] = await linesOf(platform, id);
    expect(first).toMatchObject({
      message: 'nul \ufffd, half \ufffd, whole \u{1f600}',
      fields: { 'key\ufffd': '\ufffd', big: '12', none: null },
    });
    expect(long?.message).toMatch(/^x{16381}…$/);
    expect(many).toMatchObject({ message: 'with fields', fields: { dropped: expect.stringMatching(/^fields of 40/) } });
    expect(new Set(dropped.map(({ level, message }) => `${level}: ${message}`))).toContain(
      'warn: checkpoint was dropped: it has 300002 bytes, 262144 are the most: store it elsewhere and keep a reference',
    );
    expect(dropped.map(({ message }) => message)).toContain('progress was dropped: it is NaN, not a percentage');
    expect(await progressOf(platform, id)).toMatchObject({ percent: 100 });
    const saved = await platform.query('select state from cloudtask.checkpoints where job_id = $1', [id]);
    expect(saved).toEqual([{ state: { kept: true } }]);
  });
});

describe.each(['inline', 'process'])('what is kept of it (%s)', (isolation) => {
  it('is as serious as the setting says, and has no secret of the settings', async () => {
    const platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const secret = 'a "known" secret';
    const destination = { write() {} };
    const logger = createLogger({ service: 'test', level: 'debug', format: 'json', destination, secrets: [secret] });
    await platform.worker([], { handlersFolder, jobLogLevel: 'info' }, { logger });
    const id = await platform.submit(`repeat-${isolation}`, secret);
    await platform.finished(id);
    expect((await linesOf(platform, id)).map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ['info', 'it is [redacted].', { text: '<[redacted]>', list: ['[redacted]'] }],
    ]);
    await platform.close();
  }, 20_000);
});

describe('a handler in a child process', () => {
  let platform: TestPlatform;
  const log = new RecordingLogger();
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker([], { handlersFolder }, { logger: log });
  });
  afterAll(() => platform.close());

  it('speaks for its own job alone: what an earlier job left running is in no job’s log', async () => {
    const first = await platform.submit('leave', 'a secret');
    const { result: pid } = await platform.finished(first);
    const second = await platform.submit('hear', 'x');
    expect(await platform.finished(second)).toMatchObject({ result: pid });
    expect(await messagesOf(platform, first)).toEqual([]);
    expect((await linesOf(platform, second)).map(({ message, level, fields }) => [message, level, fields])).toEqual([
      ['heard', 'info', { stream: 'stdout' }],
      ['half a line', 'info', { stream: 'stdout' }],
    ]);
    const strayLines = () => log.lines.filter(({ fields }) => fields['childPid'] === pid && fields['stream']);
    await eventually(() => strayLines().length >= 4, { describe: strayLines });
    expect(new Set(strayLines().map(({ fields }) => fields['line']))).toEqual(
      new Set(['a secret by stdout', 'a secret by stderr', 'by native code', 'by a grandchild']),
    );
    expect(strayLines().every(({ fields }) => !('jobId' in fields))).toBe(true);
  }, 20_000);

  it('may talk in a loop without a pause and needs little memory for it', async () => {
    const id = await platform.submit('talkative-process', 300_000, { maxAttempts: 1 });
    const { status, result } = await platform.finished(id, 60_000);
    expect(status).toBe('COMPLETED');
    expect(result as number).toBeLessThan(250 * 1024 * 1024);
    const messages = await messagesOf(platform, id);
    expect(messages.length).toBeGreaterThan(5_000);
    expect(messages.at(-1)).toMatch(new RegExp(`^${300_000 - messages.length + 1} more lines were dropped`));
    expect(await progressOf(platform, id)).toMatchObject({ data: { n: 300_000 } });
    const saved = await platform.query("select state -> 'n' as n from cloudtask.checkpoints where job_id = $1", [id]);
    expect(saved).toEqual([{ n: 300_000 }]);
  }, 90_000);
});

describe('the writer of journals', () => {
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
  });
  afterEach(() => platform.close());

  /** A worker whose journal statements go through `intercept`. */
  async function worker(
    intercept: (write: () => Promise<never[]>, values: readonly unknown[]) => Promise<never[]>,
    handlers: Parameters<TestPlatform['worker']>[0],
    parts: Partial<WorkerParts> = {},
  ) {
    const database = withQuery(platform.parts.database, (name, query, values) =>
      name === 'write_journal' ? intercept(query, values) : query(),
    );
    return await platform.worker(handlers, {}, { database, ...parts });
  }

  it('writes nothing for attempts that say nothing', async () => {
    let writes = 0;
    await worker(
      (write) => {
        writes += 1;
        return write();
      },
      { quiet: () => 1 },
    );
    const ids = await platform.submitMany('quiet', [1, 2, 3]);
    for (const id of ids) await platform.finished(id);
    expect(writes).toBe(0);
  });

  it('folds progress, and writes what many attempts said together', async () => {
    const written: number[] = [];
    const { promise: go, resolve } = Promise.withResolvers<void>();
    await worker(
      async (write, values) => {
        written.push((values[0] as string).split(',').length);
        return await write();
      },
      {
        chat: async (_, { progress, sleep }) => {
          await go;
          for (let n = 1; n <= 100; n += 1) {
            progress(n);
            await sleep(5);
          }
        },
      },
    );
    const ids = await platform.submitMany('chat', [1, 2, 3, 4]);
    await platform.jobWhen(ids[3] as string, ({ status }) => status === 'RUNNING');
    resolve();
    for (const id of ids) await platform.finished(id);
    for (const id of ids) expect(await progressOf(platform, id)).toMatchObject({ n: 100, percent: 100 });
    expect(Math.max(...written)).toBe(4);
    expect(written.length).toBeLessThan(20);
  });

  it('holds the end back while the database is away, and loses nothing', async () => {
    let isAway = true;
    let tries = 0;
    const rung: string[] = [];
    await platform.parts.signals.listen('jobs', (notes) => rung.push(...notes.map(({ id }) => id)));
    await worker(
      async (write) => {
        tries += 1;
        if (isAway) throw new DatabaseUnavailable('away');
        return await write();
      },
      {
        speak: (_, { log, checkpoint }) => {
          for (let n = 1; n <= 300; n += 1) log.info(`line ${n}`);
          checkpoint(300);
          return 'done';
        },
      },
    );
    const id = await platform.submit('speak');
    await eventually(() => tries >= 3);
    expect(await platform.job(id)).toMatchObject({ status: 'RUNNING' });
    isAway = false;
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 'done', fence: 1 });
    expect(await messagesOf(platform, id)).toEqual(Array.from({ length: 300 }, (_, n) => `line ${n + 1}`));
    expect(rung).toContain(id);
  });

  it('writes a line once whose answer was lost', async () => {
    let lost = 0;
    await worker(
      async (write) => {
        const rows = await write();
        if (lost++ === 0) throw new DatabaseUnavailable('cut after the commit');
        return rows;
      },
      { speak: (_, { log }) => log.info('once') },
    );
    const id = await platform.submit('speak');
    await platform.finished(id);
    expect(await messagesOf(platform, id)).toEqual(['once']);
  });

  const refusal = (code: string) => Object.assign(new Error('refused'), { code });

  it.each(['22P05', '57014', '42501', 'XX000'])('loses nothing of the others when one is refused: %s', async (code) => {
    await worker(
      (write, values) => {
        if (!JSON.stringify(values).includes('indigestible')) return write();
        return Promise.reject(refusal(code));
      },
      { say: (text, { log }) => log.info(String(text)) },
    );
    const ids = await platform.submitMany('say', ['fine', 'indigestible', 'good']);
    for (const id of ids) expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED' });
    const said = await Promise.all(ids.map((id) => messagesOf(platform, id)));
    expect(said).toEqual([['fine'], ['lines before this one were dropped: the database refused them'], ['good']]);
  });

  it('loses nothing when the database refuses it once', async () => {
    let tries = 0;
    await worker(
      (write) => {
        tries += 1;
        return tries === 1 ? Promise.reject(refusal('57014')) : write();
      },
      { say: (text, { log }) => log.info(String(text)) },
    );
    const id = await platform.submit('say', 'heard');
    await platform.finished(id);
    expect(await messagesOf(platform, id)).toEqual(['heard']);
  });

  it('tells the end without the last lines when the database does not take them in time', async () => {
    const logger = new RecordingLogger();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    await worker(
      async (write) => {
        await go;
        return await write();
      },
      {
        speak: (_, { log }) => {
          log.info('one');
          log.info('two');
          return 'kept';
        },
      },
      { journalPatienceMs: 300, logger },
    );
    const id = await platform.submit('speak', null, { maxAttempts: 1 });
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 'kept' });
    const warned = logger.lines.find(({ message }) => message.startsWith('the database did not take'));
    expect(warned).toMatchObject({ level: 'warn', fields: { jobId: id, lines: 2, waitedMs: 300 } });
    resolve();
    await platform.finished(await platform.submit('speak'));
    expect(await messagesOf(platform, id)).toEqual([]);
  });

  it('takes nothing that is said after the end', async () => {
    const { promise: later, resolve } = Promise.withResolvers<void>();
    let spoken = Promise.resolve();
    await worker((write) => write(), {
      leave: (_, { log, progress, checkpoint }) => {
        log.info('in time');
        spoken = later.then(() => {
          log.info('too late');
          progress(100);
          checkpoint(1);
        });
      },
      next: () => 1,
    });
    const id = await platform.submit('leave');
    await platform.finished(id);
    resolve();
    await spoken;
    await platform.finished(await platform.submit('next'));
    expect(await messagesOf(platform, id)).toEqual(['in time']);
    expect(await progressOf(platform, id)).toBeUndefined();
  });

  it('drops what belongs to an attempt that is somebody else’s by now', async () => {
    let rounds = 0;
    await worker(
      async (write) => {
        rounds += 1;
        return await write();
      },
      {
        speak: async (_, { log, sleep }) => {
          await sleep(300);
          log.info('for nobody');
          return 1;
        },
        next: () => 1,
      },
    );
    const id = await platform.submit('speak');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await platform.query('update cloudtask.job_states set fence = fence + 1 where id = $1', [id]);
    await eventually(() => rounds > 0);
    await platform.finished(await platform.submit('next'));
    expect(await messagesOf(platform, id)).toEqual([]);
    expect(rounds).toBe(1);
  });

  it('writes the rest when the worker stops', async () => {
    const running = await worker((write) => write(), {
      forever: (_, { log, checkpoint, signal }) =>
        new Promise((_resolve, reject) => {
          log.info('begun');
          signal.addEventListener('abort', () => {
            checkpoint('here');
            log.info('stopped');
            reject(signal.reason);
          });
        }),
    });
    const id = await platform.submit('forever');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await running.close({ graceMs: 0 });
    expect(await platform.job(id)).toMatchObject({ status: 'PENDING' });
    expect(await messagesOf(platform, id)).toEqual(['begun', 'stopped']);
  });

  it('stops all the same when a statement hangs, and its last result is kept', async () => {
    const running = await worker(() => new Promise(() => {}), {
      speak: (_, { log }) => {
        log.info('lost');
        return 'kept';
      },
    });
    const id = await platform.submit('speak');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await running.close({ graceMs: 0 });
    expect(await platform.job(id)).toMatchObject({ status: 'COMPLETED', result: 'kept' });
    expect(await messagesOf(platform, id)).toEqual([]);
  });

  it('stops all the same when the database takes nothing', async () => {
    const running = await worker(() => Promise.reject(new DatabaseUnavailable('away')), {
      speak: (_, { log }) => log.info('lost'),
    });
    const id = await platform.submit('speak');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await running.close({ graceMs: 0 });
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED' });
  }, 20_000);
});

async function makeDue(platform: TestPlatform, id: string): Promise<void> {
  await platform.query(
    `update cloudtask.job_states set status = 'PENDING', next_at = null, hinted = true where id = $1`,
    [id],
  );
}
