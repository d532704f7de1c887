import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHolder } from '../../src/database/directory-lock.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { ping } from '../../src/database/ping.ts';

const applicationName = 'open-database-test';

describe('openDatabase', { timeout: 60_000 }, () => {
  it.each(['postgres://postgres@127.0.0.1:1/none', 'postgresql://postgres@127.0.0.1:1/none'])(
    'takes %s for PostgreSQL',
    async (url) => {
      const db = await openDatabase({ url, applicationName });
      expect(db.shared).toBe(true);
      await db.close();
    },
  );

  it('takes pglite:memory for a database without files', async () => {
    const db = await openDatabase({ url: 'pglite:memory', applicationName });
    await ping(db);
    await db.close();
  });

  it('takes pglite:DIRECTORY for a database in files', async () => {
    const directory = join(await mkdtemp(join(tmpdir(), 'cloudtask-open-')), 'my data');
    const db = await openDatabase({ url: `pglite:${directory}`, applicationName });
    expect(readHolder(directory)).toBeDefined();
    await db.close();
    await rm(join(directory, '..'), { recursive: true });
  });

  it.each(['mysql://root:secret@localhost/x', 'pglite:', '/var/lib/secret', ''])(
    'refuses %s with the forms it knows, without telling the rest of the URL',
    async (url) => {
      const failure = await openDatabase({ url, applicationName }).catch((error: unknown) => error);
      expect(String(failure)).toMatch(/postgres:\/\/.*pglite:DIRECTORY.*pglite:memory/);
      expect(String(failure)).not.toContain('secret');
    },
  );
});
