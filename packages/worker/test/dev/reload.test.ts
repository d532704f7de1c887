import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { oneDatabase } from '../support/one-database.ts';
import { DevStage } from './dev-stage.ts';

describe('reloading the worker of a development platform', { timeout: 60_000 }, () => {
  const database = oneDatabase();
  let stage: DevStage;
  beforeEach(async () => {
    stage = await DevStage.open(database());
  });
  afterEach(() => stage.close());

  const isThere = (name: string) => eventually(() => existsSync(join(stage.folder, name)));
  // Waits until the test lets it go on.
  const waits = (answer: string) => `
    const { existsSync, writeFileSync } = await import('node:fs');
    writeFileSync('started', '');
    while (!existsSync('go-on')) await new Promise((resolve) => setTimeout(resolve, 10));
    return '${answer}';`;

  it('says what was loaded, and runs jobs', async () => {
    await stage.save(`return 'one';`);
    const workers = await stage.start();
    const loaded = await stage.event('loaded');
    expect(loaded).toMatchObject({ generation: 1, isFirst: true, finishing: 0, ms: expect.any(Number) });
    expect(loaded.types).toContainEqual({ type: 'say', source: join(stage.folder, 'handlers/say.mjs') });
    expect(loaded.types).toContainEqual({ type: 'sleep', source: 'CloudTask' });
    expect(workers).toMatchObject({ generation: 1, types: loaded.types });
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'one' });
  });

  it('lets a running job end on the old code, and runs the next one on the new', async () => {
    await stage.save(waits('old'));
    const workers = await stage.start();
    const running = await stage.platform.submit('say');
    await isThere('started');
    await stage.save(`return 'new';`);
    expect(await workers.reload()).toBe('loaded');
    expect(await stage.event('loaded', 2)).toMatchObject({ generation: 2, isFirst: false, finishing: 1 });
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'new' });
    expect(stage.of('retired')).toEqual([]);
    await stage.write('go-on', '');
    expect(await stage.platform.finished(running)).toMatchObject({ result: 'old', losses: 0, failures: 0 });
    expect(await stage.event('retired')).toMatchObject({ generation: 1 });
    expect(stage.of('died')).toEqual([]);
  });

  it('keeps the old code when the new does not load, says why with file and line, and takes the next that does', async () => {
    await stage.save(`return 'one';`);
    const workers = await stage.start();
    await stage.save(`return (;`);
    expect(await workers.reload()).toBe('refused');
    expect((await stage.event('refused')).message).toContain(`${join(stage.folder, 'handlers/say.mjs')}:3`);
    expect(workers.generation).toBe(1);
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'one' });
    await stage.save(`return 'three';`);
    expect(await workers.reload()).toBe('loaded');
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'three' });
    expect(stage.of('died')).toEqual([]);
  });

  it('takes no job on the old code once the new is there, however slowly the old process goes', async () => {
    await stage.save(`return 'old';`);
    const workers = await stage.start();
    const { database } = stage.platform.parts;
    const query = database.query.bind(database);
    vi.spyOn(database, 'query').mockImplementation(async (statement, values) => {
      if ((statement as { name?: string }).name === 'worker_stopping') await setTimeout(300);
      return query(statement as never, values as never) as never;
    });
    await stage.save(`return 'new';`);
    expect(await workers.reload()).toBe('loaded');
    const ids = await stage.platform.submitMany('say', [1, 2, 3, 4, 5]);
    for (const id of ids) expect(await stage.platform.finished(id)).toMatchObject({ result: 'new' });
  });

  it('goes on without a worker when the first code does not load', async () => {
    await stage.save('', `throw new Error('not yet');`);
    const workers = await stage.start();
    expect(await stage.event('refused')).toMatchObject({ message: expect.stringContaining('not yet') });
    expect(workers).toMatchObject({ generation: 0, types: [] });
    await stage.save(`return 'now';`);
    await workers.reload();
    expect(await stage.event('loaded')).toMatchObject({ isFirst: true });
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'now' });
  });

  it('refuses code that ends the process while it is loaded', async () => {
    await stage.save('', `console.error('no licence'); process.exit(3);`);
    await stage.start();
    const { message } = await stage.event('refused');
    expect(message).toContain('with exit code 3');
    expect(message).toContain('no licence');
  });

  it('does not wait for an old process that a handler blocks', async () => {
    await stage.save(
      `process.stdout.write('spins ' + process.pid + '\\n'); await new Promise(setImmediate); for (;;);`,
    );
    const workers = await stage.start();
    await stage.platform.submit('say', null, { maxAttempts: 1 });
    const line = await eventually(() => stage.printed().find((each) => each.startsWith('spins')));
    await stage.save(`return 'mended';`);
    let hasReloaded = false;
    void workers.reload().then(() => {
      hasReloaded = true;
    });
    await eventually(() => hasReloaded, { timeoutMs: 20_000 });
    expect(await stage.event('loaded', 2)).toMatchObject({ generation: 2, finishing: 1 });
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 'mended' });
    process.kill(Number(line.split(' ')[1]), 'SIGKILL');
  });

  it('makes one more reload of all that are asked for while one runs', async () => {
    await stage.save(`return 'one';`);
    const workers = await stage.start();
    await stage.save(`return 'two';`);
    await Promise.all(Array.from({ length: 5 }, () => workers.reload()));
    expect(workers.generation).toBe(3);
    expect(stage.of('loaded')).toHaveLength(3);
  });

  it('tells once what handlers say and print, with their job', async () => {
    await stage.save(`
      context.log.warn('careful', { n: 1 });
      console.log('printed');
      console.debug('kept nowhere');
      process.stdout.write('past the console\\n');`);
    await stage.start();
    const jobId = await stage.platform.submit('say');
    await stage.platform.finished(jobId);
    await eventually(() => stage.printed().includes('past the console'));
    const own = { generation: 1, jobId, type: 'say', attempt: 1 };
    expect(stage.of('said')).toMatchObject([
      { ...own, level: 'warn', message: 'careful', fields: { n: 1 } },
      { ...own, level: 'info', message: 'printed', fields: {} },
    ]);
    // What no log keeps is not lost to whoever looks on.
    expect(stage.printed()).toEqual(['kept nowhere', 'past the console']);
  });

  it('tells what a child process of a job prints', async () => {
    await stage.save(`console.log('from a child');`, '', `isolation: 'process',`);
    await stage.start();
    await stage.platform.finished(await stage.platform.submit('say'), 30_000);
    await eventually(() => stage.of('said').some(({ message }) => message === 'from a child'));
  });

  it('loses no job over twenty saves in a row, and ends each once', async () => {
    await stage.save(`await new Promise((resolve) => setTimeout(resolve, 50)); return 0;`);
    const workers = await stage.start();
    const ids: string[] = [];
    const reloads: Promise<unknown>[] = [];
    for (let save = 1; save <= 20; save += 1) {
      await stage.save(`await new Promise((resolve) => setTimeout(resolve, 50)); return ${save};`);
      reloads.push(workers.reload());
      ids.push(...(await stage.platform.submitMany('say', [1, 2, 3])));
      await eventually(() => stage.platform.count('COMPLETED').then((count) => count > ids.length - 6));
    }
    await Promise.all(reloads);
    for (const id of ids) {
      expect(await stage.platform.finished(id)).toMatchObject({
        status: 'COMPLETED',
        failures: 0,
        losses: 0,
        fence: 1,
      });
    }
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 20 });
    expect(stage.of('died')).toEqual([]);
  });
});
