import { once } from 'node:events';
import { connect } from 'node:net';
import type { Database } from '@cloudtask/core/database/database';
import { moveClock } from '@cloudtask/core/database/moved-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { openTestDatabase } from '../support/test-platform.ts';
import { DevStage } from './dev-stage.ts';

const DAY = 86_400_000;

describe('what a worker of a development platform has around it', { timeout: 60_000 }, () => {
  // One of its own for each: a test moves the clock, which is kept in the database.
  let database: Database;
  let stage: DevStage;
  beforeEach(async () => {
    database = await openTestDatabase();
    stage = await DevStage.open(database);
  });
  afterEach(async () => {
    await stage.close();
    await database.close();
  });

  it('is the configuration, the variables and the working directory of the project', async () => {
    await stage.write('.env.local', 'DEV_TEST_GREETING=hello\n');
    await stage.write(
      'cloudtask.config.mjs',
      `export default { handlers: 'handlers', services: { greeting: ({ env }) => env.DEV_TEST_GREETING } };`,
    );
    await stage.save(`return [context.services.greeting, process.cwd()];`);
    await stage.start({ handlersFolder: undefined });
    const id = await stage.platform.submit('say');
    expect(await stage.platform.finished(id)).toMatchObject({ result: ['hello', stage.folder] });
  });

  it('may be some of the types only, and one that is not there is said', async () => {
    await stage.save(`return 1;`);
    const workers = await stage.start({ only: ['say'] });
    expect(workers.types.map(({ type }) => type)).toEqual(['say']);
    await workers.close();
    await stage.start({ only: ['says'] });
    expect((await stage.event('refused')).message).toBe('there is no handler of "says": there are say, email, sleep');
  });

  it('are the queues that its handlers name', async () => {
    await stage.save(`return 'from mail';`, '', `queue: 'mail',`);
    await stage.start();
    const id = await stage.platform.submit('say', null, { queue: 'mail' });
    expect(await stage.platform.finished(id)).toMatchObject({ result: 'from mail' });
  });

  it('is the time of the platform, also when that was moved while a job ran', async () => {
    await stage.save(`
      const { existsSync } = await import('node:fs');
      while (!existsSync('enough')) {
        context.log.info('tick');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return context.attempt;`);
    const workers = await stage.start();
    const id = await stage.platform.submit('say');
    const aheadMs = async (order: 'asc' | 'desc') => {
      const text = `select logged_at as at from cloudtask.job_logs where job_id = $1 order by n ${order} limit 1`;
      const [line] = await stage.platform.query<{ at: Date }>(text, [id]);
      return line && line.at.getTime() - Date.now();
    };
    await eventually(async () => Math.abs((await aheadMs('asc')) ?? DAY) < DAY / 2);
    await moveClock(stage.platform.parts.database, DAY);
    await stage.clock.measure();
    await eventually(async () => ((await aheadMs('desc')) ?? 0) > DAY / 2);
    await stage.write('enough', '');
    expect(await stage.platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 1, losses: 0 });
    expect(workers.generation).toBe(1);
  });

  it('is a debugger, which goes over to the next generation', async () => {
    const isListening = () =>
      eventually(async () => {
        const socket = connect(9229, '127.0.0.1');
        await once(socket, 'connect');
        socket.destroy();
        return true;
      });
    await stage.save(`return 1;`);
    const workers = await stage.start({ inspect: true });
    await isListening();
    await workers.reload();
    await isListening();
    await eventually(() => stage.printed().filter((line) => line.startsWith('Debugger listening')).length === 2);
    expect(await stage.platform.finished(await stage.platform.submit('say'))).toMatchObject({ result: 1 });
  });
});
