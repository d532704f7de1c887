import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPglite } from '../../src/database/pglite.ts';
import { Child } from './child.ts';

describe('the embedded database after kill -9', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudtask-kill-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has every row that was acknowledged, and no half of a transaction', { timeout: 120_000 }, async () => {
    const directory = join(folder, 'data');
    let acknowledged = 0;
    for (const rowsBeforeKill of [1, 200, 701]) {
      const child = new Child('insert-for-ever.ts', [directory]);
      await child.said(rowsBeforeKill);
      await child.kill9();
      acknowledged = Number(child.lines.at(-1));

      const db = await openPglite({ directory });
      const [seen] = await db.query<{ last: number; count: number; indexed: number }>(CHECK, []);
      await db.close();
      expect(seen?.last).toBeGreaterThanOrEqual(acknowledged);
      // Without a gap: each row is one more than the last, and the index finds as many as there are.
      expect(seen).toEqual({ last: seen?.last, count: seen?.last, indexed: seen?.last });
    }
  });
});

const CHECK = {
  name: 'check',
  text: `
    select max(n) as last, count(*) as count,
           (select count(*) from generate_series(1, (select max(n) from numbers)) g
             where exists (select from numbers where n = g)) as indexed
      from numbers`,
};
