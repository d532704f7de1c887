import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { withQuery } from '../../../test/support/with-query.ts';
import type { WorkerParts } from '../src/worker-parts.ts';
import { messagesOf, progressOf } from './support/journal-lines.ts';
import { oneDatabase } from './support/one-database.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { TestPlatform } from './support/test-platform.ts';

describe('the writer of journals', () => {
  const database = oneDatabase();
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.on(database());
    await platform.settleReports();
  });
  afterEach(() => platform.leave());

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
    await platform.parts.signals.listen('journals', (notes) => rung.push(...notes.map(({ id }) => id)));
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
