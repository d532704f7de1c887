import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { startOwnPostgres } from '../../../../test/support/own-postgres.ts';
import type { OwnServer } from '../../../../test/support/own-server.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { type Database, DatabaseUnavailable, type Queryable } from '../../src/database/database.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { ping } from '../../src/database/ping.ts';
import { holdSession, openPostgres, type PostgresOptions, type Session } from '../../src/database/postgres.ts';
import { databaseConformance } from './database.conformance.ts';
import { migrateConformance } from './migrate.conformance.ts';

const applicationName = 'database-test';

describeServices('PostgreSQL', ['postgres'], ({ postgres }) => {
  let database: TestDatabase;
  let open: (options?: Partial<PostgresOptions>) => Promise<Database>;
  const opened: Database[] = [];

  beforeAll(async () => {
    database = await createDatabase(postgres);
    open = async (options) => {
      const db = await openPostgres({ url: database.url, applicationName, ...options });
      opened.push(db);
      return db;
    };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.close()));
  });
  afterAll(() => database.drop());

  describe('the pool', () => {
    // Its database outlives each single test; `opened` would not.
    databaseConformance(() => openPostgres({ url: database.url, applicationName }));
  });

  describe('its migrations', () => {
    migrateConformance(() => openPostgres({ url: database.url, applicationName }));

    it('waits for another process that migrates, and then has nothing to do', async () => {
      const [one, two] = [await open(), await open()];
      await one.script('drop schema if exists cloudtask cascade');
      const slow = [{ number: 1, name: '0001-slow', sql: 'select pg_sleep(0.5); create table cloudtask.slow (n int)' }];
      const results = await Promise.all([migrate(one, slow), migrate(two, slow)]);
      expect(results.flatMap(({ applied }) => applied)).toEqual(['0001-slow']);
      expect(await pendingMigrations(two, slow)).toEqual([]);
    });

    it('leaves nothing behind when its process dies in the middle', async () => {
      const [one, two] = [await open({ applicationName: 'dying' }), await open()];
      await one.script('drop schema if exists cloudtask cascade');
      const slow = [{ number: 1, name: '0001-slow', sql: 'create table cloudtask.slow (n int); select pg_sleep(60)' }];
      const dying = migrate(one, slow);
      dying.catch(() => {});
      await eventually(() => isSleeping(database.url));
      await two.query(
        {
          name: 'kill_dying',
          text: `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dying'`,
        },
        [],
      );
      await expect(dying).rejects.toBeInstanceOf(DatabaseUnavailable);
      expect(await two.query({ name: 'slow', text: `select to_regclass('cloudtask.slow') as slow` }, [])).toEqual([
        { slow: null },
      ]);
      const quick = [{ number: 1, name: '0001-slow', sql: 'create table cloudtask.slow (n int)' }];
      expect(await migrate(two, quick)).toEqual({ applied: ['0001-slow'] });
    });
  });

  it('is shared: two sessions skip what the other has locked', async () => {
    const db = await open();
    expect(db.shared).toBe(true);
    await db.script('create table tasks (id int); insert into tasks values (1), (2)');
    const take = (tx: Queryable) =>
      tx.query<{ id: number }>(
        { name: 'take', text: 'select id from tasks order by id limit 1 for update skip locked' },
        [],
      );
    const [outer, inner] = await db.transaction(async (tx) => [await take(tx), await db.transaction(take)]);
    expect([outer, inner]).toEqual([[{ id: 1 }], [{ id: 2 }]]);
  });

  it('prepares a named statement once per connection, also when it is refused in between', async () => {
    const db = await open({ maxConnections: 1 });
    const divide = { name: 'divide', text: 'select 10 / $1::int4 as n' };
    for (const value of [1, 2, 0, 5]) await db.query(divide, [value]).catch(() => {});
    const prepared = await db.query(
      {
        name: 'prepared',
        text: 'select generic_plans + custom_plans as runs from pg_prepared_statements where name = $1',
      },
      ['divide'],
    );
    expect(prepared).toEqual([{ runs: 4 }]);
  });

  it('shows its name and opens no more connections than it may', async () => {
    const db = await open({ applicationName: 'counted', maxConnections: 2 });
    await Promise.all(Array.from({ length: 10 }, () => ping(db)));
    const count = { name: 'count', text: 'select count(*) as n from pg_stat_activity where application_name = $1' };
    expect(await db.query(count, ['counted'])).toEqual([{ n: 2 }]);
  });

  it('ends a statement that takes too long, and says so as PostgreSQL does', async () => {
    const db = await open({ statementTimeoutMs: 50 });
    await expect(db.query({ name: 'sleep', text: 'select pg_sleep(5)' }, [])).rejects.toMatchObject({ code: '57014' });
  });

  it('lets a script take its time', async () => {
    const db = await open({ statementTimeoutMs: 50 });
    await db.script('set local statement_timeout = 0; select pg_sleep(0.2)');
  });

  it('survives the end of a session: the statement fails, the next one has a new session', async () => {
    const db = await open({ maxConnections: 1 });
    const kill = db.query({ name: 'suicide', text: 'select pg_terminate_backend(pg_backend_pid())' }, []);
    await expect(kill).rejects.toBeInstanceOf(DatabaseUnavailable);
    await ping(db);
  });

  it('survives the end of a session in a transaction and between statements', async () => {
    const db = await open({ maxConnections: 1, applicationName: 'victim' });
    const other = await open();
    const killVictim = () =>
      other.query(
        {
          name: 'kill',
          text: `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`,
        },
        [],
      );
    const work = db.transaction(async (tx) => {
      await ping(tx);
      await killVictim();
      await eventually(async () => (await killVictim()).length === 0);
      await ping(tx);
    });
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
    await ping(db);
    await killVictim();
    await eventually(() => ping(db).then(() => true));
  });

  it('opens though nobody answers, and reports each statement without the password', async () => {
    const url = new URL(database.url);
    url.port = '1';
    url.password = 'secret';
    const db = await open({ url: url.href });
    const failure = await ping(db).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseUnavailable);
    expect(failure).toMatchObject({ message: expect.stringContaining(`${url.hostname}:1${url.pathname}`) });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
    await expect(db.transaction(ping)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(db.script('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(db.kysely.selectFrom('cloudtask.jobs').select('id').execute()).rejects.toBeInstanceOf(
      DatabaseUnavailable,
    );
    await expect(holdSession(url.href, { applicationName })).rejects.toBeInstanceOf(DatabaseUnavailable);
  });

  it('does not call it unavailable when the database or the user is wrong', async () => {
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    await expect(ping(await open({ url: url.href }))).rejects.toMatchObject({ code: '3D000' });
  });

  describe('on a link that fails', () => {
    it('fails statements on cut connections and works again as soon as the link does', async () => {
      const proxy = await startTcpProxy(database.url);
      const db = await open({ url: proxy.url });
      await ping(db);
      const under = db.query({ name: 'nap', text: 'select pg_sleep(10)' }, []);
      under.catch(() => {});
      await eventually(() => isSleeping(database.url));
      await proxy.refuse();
      proxy.cut();
      await expect(under).rejects.toBeInstanceOf(DatabaseUnavailable);
      await expect(ping(db)).rejects.toBeInstanceOf(DatabaseUnavailable);
      await proxy.pass();
      await eventually(() => ping(db).then(() => true));
      await db.close();
      await proxy.close();
    });

    it('notices a silent link by the statement timeout', async () => {
      const proxy = await startTcpProxy(database.url);
      const db = await open({ url: proxy.url, statementTimeoutMs: 100, maxConnections: 1 });
      await ping(db);
      proxy.drop();
      await expect(ping(db)).rejects.toBeInstanceOf(DatabaseUnavailable);
      await proxy.pass();
      proxy.cut();
      await eventually(() => ping(db).then(() => true));
      await db.close();
      await proxy.close();
    });
  });

  describe('a held session', () => {
    const lock = { name: 'lock', text: 'select pg_try_advisory_lock(4711) as locked' };
    const sessions: Session[] = [];
    const hold = async (url = database.url, answerWithinMs = 5_000) => {
      const session = await holdSession(url, { applicationName: 'held', answerWithinMs });
      sessions.push(session);
      return session;
    };
    afterEach(async () => {
      await Promise.all(sessions.splice(0).map((session) => session.close()));
    });

    it('keeps its advisory lock until it is closed', async () => {
      const mine = await hold();
      expect(await mine.query(lock, [])).toEqual([{ locked: true }]);
      const other = await hold();
      expect(await other.query(lock, [])).toEqual([{ locked: false }]);
      await mine.close();
      await mine.close();
      await eventually(async () => (await other.query<{ locked: boolean }>(lock, []))[0]?.locked);
    });

    it('runs statements that were asked for together', async () => {
      const session = await hold();
      await Promise.all([ping(session), ping(session), ping(session)]);
    });

    it('keeps going after a refused statement', async () => {
      const session = await hold();
      await expect(session.query({ name: 'zero', text: 'select 1 / 0' }, [])).rejects.toMatchObject({ code: '22012' });
      await ping(session);
    });

    it('tells once that it is lost, and whoever asks later too', async () => {
      const session = await hold();
      const lost: unknown[] = [];
      session.onLost((reason) => lost.push(reason));
      const other = await open();
      await other.query(
        {
          name: 'kill_held',
          text: `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'held'`,
        },
        [],
      );
      await eventually(() => lost.length);
      await expect(ping(session)).rejects.toBeInstanceOf(DatabaseUnavailable);
      session.onLost((reason) => lost.push(reason));
      expect(lost).toEqual([expect.any(DatabaseUnavailable), lost[0]]);
    });

    it('does not call its own end a loss', async () => {
      const session = await hold();
      let isLost = false;
      session.onLost(() => {
        isLost = true;
      });
      await session.close();
      await expect(ping(session)).rejects.toBeInstanceOf(DatabaseUnavailable);
      expect(isLost).toBe(false);
    });

    it('is lost when the server stays silent', async () => {
      const proxy = await startTcpProxy(database.url);
      const session = await hold(proxy.url, 200);
      const lost = new Promise((resolve) => session.onLost(resolve));
      proxy.drop();
      await expect(ping(session)).rejects.toBeInstanceOf(DatabaseUnavailable);
      expect(await lost).toBeInstanceOf(DatabaseUnavailable);
      await proxy.close();
    });
  });
});

describeServices('a PostgreSQL that stops', ['postgres'], () => {
  let server: OwnServer;
  let db: Database;
  beforeAll(async () => {
    server = await startOwnPostgres();
    db = await openPostgres({ url: server.url, applicationName });
  });
  afterAll(async () => {
    await db.close();
    await server.close();
  });

  it.each(['stop', 'kill9'] as const)('is unavailable after %s and works again after its start', async (end) => {
    await ping(db);
    const under = db.query({ name: 'long', text: 'select pg_sleep(60)' }, []);
    under.catch(() => {});
    await eventually(() => isSleeping(server.url));
    await server[end]();
    await expect(under).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(ping(db)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await server.restart();
    await eventually(() => ping(db).then(() => true));
  });
});

async function isSleeping(url: string): Promise<boolean> {
  const session = await holdSession(url, { applicationName: 'observer' });
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
  const rows = await session.query({ name: 'sleeping', text }, []);
  await session.close();
  return rows.length > 0;
}
