import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, DatabaseUnavailable } from '../../src/database/database.ts';
import { ping } from '../../src/database/ping.ts';
import { isSqlError } from '../../src/database/sql-error.ts';

/** What every adapter of the port promises. `open` gives an empty database; it may be asked several times. */
export function databaseConformance(open: () => Promise<Database>): void {
  let db: Database;
  beforeAll(async () => {
    db = await open();
    await db.script('create table items (id int primary key, note text not null, data json)');
  });
  afterAll(() => db.close());

  const select = async <Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
    await db.query<Row>({ name: nameOf(text), text }, values);
  const one = async (text: string, values: unknown[] = []): Promise<unknown> =>
    Object.values((await select(text, values))[0] ?? {})[0];
  const notes = async (): Promise<string[]> =>
    (await select<{ note: string }>('select note from items order by id')).map(({ note }) => note);
  const insert = { name: 'insert_item', text: 'insert into items (id, note) values ($1, $2)' };

  describe('types', () => {
    const uuid = randomUUID();
    const at = new Date('2026-11-23T22:09:19.123Z');
    const awkward = [
      'plain',
      '',
      'null',
      'NULL',
      'a"b',
      "it's",
      'back\\slash',
      '{x,y}',
      'ünï 🙂',
      ' spaces ',
      'tab\t\n',
    ];

    it.each<[name: string, expression: string, parameter: unknown, result: unknown]>([
      ['int4', '$1::int4', 7, 7],
      ['int8 as number', '$1::int8', 2 ** 53 - 1, 2 ** 53 - 1],
      ['int8 from text', '$1::int8', '-12', -12],
      ['float8', '$1::float8', 1.5, 1.5],
      ['numeric as string', '$1::numeric', '1.50', '1.50'],
      ['boolean', '$1::boolean', true, true],
      ['text', '$1::text', awkward.join(), awkward.join()],
      ['uuid', '$1::uuid', uuid, uuid],
      ['timestamptz', '$1::timestamptz', at, at],
      ['timestamptz from text', '$1::timestamptz', '2026-11-24T00:09:19.123+02:00', at],
      ['timestamptz without end', '$1::timestamptz', 'infinity', Number.POSITIVE_INFINITY],
      ['date at midnight UTC', '$1::date', '2026-03-29', new Date('2026-03-29T00:00:00Z')],
      ['interval as string', '$1::interval', '90 minutes', '01:30:00'],
      ['json', '$1::json', '{"a":[1,"x",null],"b":{}}', { a: [1, 'x', null], b: {} }],
      ['jsonb', '$1::jsonb', '[1,{"a":true}]', [1, { a: true }]],
      ['a JSON string', '$1::json', '"text"', 'text'],
      ['a JSON null', '$1::json', 'null', null],
      ['null', '$1::int4', null, null],
      ['undefined as null', '$1::text', undefined, null],
      ['int4[]', '$1::int4[]', [1, null, -3], [1, null, -3]],
      ['int8[]', '$1::int8[]', [1, null, 2 ** 40], [1, null, 2 ** 40]],
      ['boolean[]', '$1::boolean[]', [true, null, false], [true, null, false]],
      ['text[]', '$1::text[]', [...awkward, null], [...awkward, null]],
      ['uuid[]', '$1::uuid[]', [uuid], [uuid]],
      ['timestamptz[]', '$1::timestamptz[]', [at, null], [at, null]],
      ['date[]', '$1::date[]', ['2026-03-29'], [new Date('2026-03-29T00:00:00Z')]],
      ['json[]', '$1::json[]', ['{"a":"x\\"y"}', null], [{ a: 'x"y' }, null]],
      ['an empty array', '$1::text[]', [], []],
    ])('reads and writes %s', async (_name, expression, parameter, result) => {
      expect(await one(`select ${expression} as value`, [parameter])).toEqual(result);
    });

    it('counts with numbers', async () => {
      expect(await one('select count(*) from generate_series(1, 3)')).toBe(3);
      expect(await one('select array_agg(n) from generate_series(1::int8, 3) n')).toEqual([1, 2, 3]);
    });

    it('takes an array of a type that a script has just made', async () => {
      await db.script(`create type mood as enum ('FINE', 'TIRED')`);
      try {
        expect(await db.query({ name: '', text: `select 'FINE'::mood = any($1::mood[]) as yes` }, [['FINE']])).toEqual([
          { yes: true },
        ]);
      } finally {
        await db.script('drop type mood');
      }
    });

    it('takes a batch as arrays and as one JSON text', async () => {
      const unnest = 'select * from unnest($1::uuid[], $2::text[], $3::int8[]) as r(id, note, n)';
      expect(
        await select(unnest, [
          [uuid, uuid],
          ['a', null],
          [1, 2],
        ]),
      ).toEqual([
        { id: uuid, note: 'a', n: 1 },
        { id: uuid, note: null, n: 2 },
      ]);
      const records = 'select * from json_to_recordset($1::json) as r(id uuid, data json)';
      const rows = [
        { id: uuid, data: { a: 1 } },
        { id: uuid, data: ['x'] },
      ];
      expect(await select(records, [JSON.stringify(rows)])).toEqual(rows);
    });
  });

  describe('statements', () => {
    it('may be repeated, with other values each time', async () => {
      for (const value of [1, 2, 3]) expect(await one('select $1::int4 * 2', [value])).toBe(value * 2);
    });

    it('run at the same time without getting mixed up', async () => {
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      const answers = await Promise.all(numbers.map((number) => one('select $1::int4 + 1000', [number])));
      expect(answers).toEqual(numbers.map((number) => number + 1000));
    });

    it('may not share a name', async () => {
      await db.query({ name: 'twice', text: 'select 1' }, []);
      const again = Array.from({ length: 8 }, () => db.query({ name: 'twice', text: 'select 2' }, []));
      expect((await Promise.allSettled(again)).filter(({ status }) => status === 'rejected')).not.toEqual([]);
    });

    it('keep PostgreSQL’s reason when they are refused', async () => {
      await db.query(insert, [1, 'first']);
      const error = await db.query(insert, [1, 'again']).catch((reason: unknown) => reason);
      expect(isSqlError(error, '23505')).toBe(true);
      expect(error).toMatchObject({ code: '23505', constraint: 'items_pkey', table: 'items' });
      expect(error).toHaveProperty('detail', 'Key (id)=(1) already exists.');
      expect((error as Error).stack).toContain('database.conformance.ts');
    });

    it.each([
      ['22012', 'select 1 / $1::int4', [0]],
      ['22P02', 'select $1::int4', ['x']],
      ['22P02', 'select $1::json', ['{']],
      ['22021', 'select $1::text', ['a\0b']],
      ['42P01', 'select * from nowhere where $1::int4 = 1', [1]],
      ['42601', 'selec $1', [1]],
      ['08P01', 'select $1::int4 + $2::int4', [1]],
    ])('report %s for %s, and the next one works', async (code, text, values) => {
      const error = await select(text, values).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code });
      expect(await one('select 1')).toBe(1);
    });

    it('insert JSON that is nested deep, or say that they did not', async () => {
      const deep = `${'['.repeat(7_000)}${']'.repeat(7_000)}`;
      const text = 'insert into items (id, note, data) values (700, $1, $2) returning id';
      const answer = await select(text, ['deep', deep]).catch((reason: unknown) => reason);
      if (isSqlError(answer)) expect(answer.code).toBe('54001');
      else expect(answer).toEqual([{ id: 700 }]);
      await select('delete from items where id = 700');
    });
  });

  describe('a transaction', () => {
    it('commits all it did and answers what its work answers', async () => {
      const answer = await db.transaction(async (tx) => {
        await tx.query(insert, [10, 'ten']);
        await tx.query(insert, [11, 'eleven']);
        return 'done';
      });
      expect(answer).toBe('done');
      expect(await notes()).toEqual(expect.arrayContaining(['ten', 'eleven']));
    });

    it('is rolled back when its work throws, and passes the error on', async () => {
      const failure = new Error('no');
      const work = db.transaction(async (tx) => {
        await tx.query(insert, [20, 'twenty']);
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await notes()).not.toContain('twenty');
    });

    it('is rolled back when a statement fails', async () => {
      const work = db.transaction(async (tx) => {
        await tx.query(insert, [30, 'thirty']);
        await tx.query(insert, [30, 'thirty again']);
      });
      await expect(work).rejects.toMatchObject({ code: '23505' });
      expect(await notes()).not.toContain('thirty');
    });

    it('does not claim to have committed when its work swallowed an error', async () => {
      const work = db.transaction(async (tx) => {
        await tx.query(insert, [40, 'forty']);
        await tx.query(insert, [40, 'forty again']).catch(() => {});
      });
      await expect(work).rejects.toMatchObject({ code: '25P02' });
      expect(await notes()).not.toContain('forty');
    });

    it('reports what only the commit finds, and leaves the connection usable', async () => {
      await db.script(`create table parts (item int references items deferrable initially deferred)`);
      const work = db.transaction((tx) => tx.query({ name: 'orphan', text: 'insert into parts values (999)' }, []));
      await expect(work).rejects.toMatchObject({ code: '23503' });
      expect(await one('select count(*) from parts')).toBe(0);
    });

    it('runs statements that were asked for together, one after the other', async () => {
      await db.transaction(async (tx) => {
        await Promise.all([50, 51, 52].map((id) => tx.query(insert, [id, `together ${id}`])));
      });
      expect(await notes()).toEqual(expect.arrayContaining(['together 50', 'together 51', 'together 52']));
    });

    it('takes no statement after its end', async () => {
      const tx = await db.transaction(async (mine) => mine);
      await expect(tx.query(insert, [60, 'late'])).rejects.toThrow('after the end of its transaction');
      expect(await notes()).not.toContain('late');
    });

    it('keeps others out of it', async () => {
      const others = Promise.withResolvers<void>();
      const work = db.transaction(async (tx) => {
        await tx.query(insert, [70, 'inside']);
        others.resolve();
        await tx.query(insert, [70, 'inside again']);
      });
      await others.promise;
      const intruder = db.query(insert, [71, 'outside']);
      await expect(work).rejects.toMatchObject({ code: '23505' });
      await intruder;
      expect(await notes()).toContain('outside');
      expect(await notes()).not.toContain('inside');
    });

    it('may be one of many', async () => {
      const id = 100;
      const transfer = (index: number) =>
        db.transaction(async (tx) => {
          await tx.query(insert, [id + index, 'many']);
          if (index % 2) throw new Error('odd');
        });
      await Promise.allSettled(Array.from({ length: 20 }, (_, index) => transfer(index)));
      expect(await one(`select count(*) from items where note = 'many'`)).toBe(10);
    });
  });

  describe('a script', () => {
    it('runs several statements', async () => {
      await db.script('create table a (x int); insert into a values (1), (2); -- the end\n');
      expect(await one('select count(*) from a')).toBe(2);
    });

    it('does all or nothing', async () => {
      const script = db.script(
        'create table b (x int); insert into b values (1); select 1 / 0; create table c (x int)',
      );
      await expect(script).rejects.toMatchObject({ code: '22012' });
      expect(await select(`select to_regclass('b') as b, to_regclass('c') as c`)).toEqual([{ b: null, c: null }]);
    });

    it('may set what holds until its end only', async () => {
      const before = await one('show lock_timeout');
      await db.script(`set local lock_timeout = '123ms'; create table d (x int)`);
      expect(await one('show lock_timeout')).toBe(before);
    });
  });

  describe('kysely', () => {
    // The suite has tables of its own, kysely knows those of the product.
    const rows = () => sql<{ id: number; note: string }>`select id, note from items where id >= 300 order by id`;

    it('reads what `query` wrote, with the same types', async () => {
      await db.query(insert, [300, 'by query']);
      expect((await rows().execute(db.kysely)).rows).toEqual([{ id: 300, note: 'by query' }]);
      expect((await sql`select count(*) as n, now() as at from items where id = 300`.execute(db.kysely)).rows).toEqual([
        { n: 1, at: expect.any(Date) },
      ]);
    });

    it('counts the rows it changed', async () => {
      const result = await sql`update items set note = 'changed' where id = 300`.execute(db.kysely);
      expect(result.numAffectedRows).toBe(1n);
    });

    it('commits and rolls back', async () => {
      const put = (id: number) => sql`insert into items (id, note) values (${id}, 'by kysely')`;
      await db.kysely.transaction().execute(async (trx) => await put(301).execute(trx));
      const failed = db.kysely.transaction().execute(async (trx) => {
        await put(302).execute(trx);
        await put(302).execute(trx);
      });
      await expect(failed).rejects.toMatchObject({ code: '23505', constraint: 'items_pkey' });
      expect((await rows().execute(db.kysely)).rows.map(({ id }) => id)).toEqual([300, 301]);
    });

    it('waits with its transaction for one of `transaction`', async () => {
      const ids = [310, 311, 312, 313];
      await Promise.all(
        ids.map((id) =>
          id % 2
            ? db.transaction((tx) => tx.query(insert, [id, 'mixed']))
            : db.kysely.transaction().execute((trx) => sql`insert into items values (${id}, 'mixed')`.execute(trx)),
        ),
      );
      expect(await one(`select count(*) from items where note = 'mixed'`)).toBe(4);
    });
  });

  describe('closing', () => {
    it('lets what was under way end, refuses what comes later, and may be done twice', async () => {
      const mine = await open();
      await ping(mine);
      const begun = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const work = mine.transaction(async (tx) => {
        await tx.query({ name: 'first', text: 'select 1' }, []);
        begun.resolve();
        await goOn.promise;
        return await tx.query({ name: 'second', text: 'select 2 as n' }, []);
      });
      await begun.promise;
      const closed = mine.close();
      await expect(ping(mine)).rejects.toBeInstanceOf(DatabaseUnavailable);
      await expect(mine.transaction(async () => {})).rejects.toBeInstanceOf(DatabaseUnavailable);
      await expect(sql`select 1`.execute(mine.kysely)).rejects.toBeInstanceOf(DatabaseUnavailable);
      goOn.resolve();
      expect(await work).toEqual([{ n: 2 }]);
      await closed;
      await mine.close();
      await expect(mine.kysely.transaction().execute((trx) => sql`select 1`.execute(trx))).rejects.toBeInstanceOf(
        DatabaseUnavailable,
      );
    });
  });
}

/** The tests' statements need names that differ when their texts do. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = `test_${names.size}`;
    names.set(text, name);
  }
  return name;
}

const names = new Map<string, string>();
