import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { answersPostgres, startOwnPostgres } from './own-postgres.ts';
import { answersRabbitmq, startOwnRabbitmq } from './own-rabbitmq.ts';
import { answersRedis, startOwnRedis } from './own-redis.ts';
import type { OwnServer } from './own-server.ts';
import { describeServices } from './services.ts';

describeServices('a private PostgreSQL', ['postgres'], () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(() => server.close());

  it('keeps its data and its port over kill -9 and a restart', async () => {
    const database = await createDatabase(server.url);
    await query(database.url, 'create table kept (id int)');
    await server.kill9();
    await expect(answersPostgres(server.url)).rejects.toThrow();
    await server.restart();
    expect(await query(database.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
    await database.drop();
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
  });

  it('is empty after a wipe', async () => {
    const database = await createDatabase(server.url);
    await server.wipe();
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
  });
});

describeServices('a private RabbitMQ', ['rabbitmq'], () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnRabbitmq();
  });
  afterAll(() => server.close());

  it('keeps durable queues over a stop, kill -9 and restarts, and loses them in a wipe', async () => {
    await declare(server.url, 'kept', true);
    await server.stop();
    await expect(answersRabbitmq(server.url)).rejects.toThrow();
    await server.restart();
    expect(await declare(server.url, 'kept', false)).toBe(true);
    await server.kill9();
    await server.restart();
    expect(await declare(server.url, 'kept', false)).toBe(true);
    await server.wipe();
    expect(await declare(server.url, 'kept', false)).toBe(false);
  });
});

describeServices('a private Redis', ['redis'], () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnRedis();
  });
  afterAll(() => server.close());

  it('comes back at the same port after kill -9', async () => {
    await server.kill9();
    await expect(answersRedis(server.url)).rejects.toThrow();
    await server.restart();
    expect(await answersRedis(server.url)).toBe(true);
  });

  it('closes twice', async () => {
    const another = await startOwnRedis();
    await another.close();
    await another.close();
    await expect(answersRedis(another.url)).rejects.toThrow();
  });

  it('answers nothing while frozen', async () => {
    server.freeze();
    const redis = new Redis(server.url, { commandTimeout: 200 });
    // Its own first commands time out too, when the connection is made later than this test expects.
    redis.on('error', () => {});
    await expect(redis.ping()).rejects.toThrow('timed out');
    server.thaw();
    expect(await eventually(() => redis.ping())).toBe('PONG');
    redis.disconnect();
  });
});

describe('the shared servers', () => {
  describeServices('a database of one test', ['postgres'], ({ postgres }) => {
    it('is empty and can be dropped while in use', async () => {
      const database = await createDatabase(postgres);
      const client = new pg.Client(database.url);
      client.on('error', () => {});
      await client.connect();
      expect((await client.query("select 1 from pg_tables where schemaname = 'public'")).rows).toEqual([]);
      await database.drop();
      await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
    });
  });
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function declare(url: string, queue: string, create: boolean): Promise<boolean> {
  const connection = await connect(url);
  connection.on('error', () => {});
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    await (create ? channel.assertQueue(queue, { durable: true }) : channel.checkQueue(queue));
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === 404) return false;
    throw error;
  } finally {
    await connection.close();
  }
}
