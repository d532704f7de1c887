import { execFile } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Job } from '@cloudtask/sdk/contract';
import { expect, onTestFinished, test } from 'vitest';
import { type Api, apiWith, registeredApi } from '../../support/api.ts';
import { startService } from '../../support/cloudtask.ts';
import { createDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { ownFolder } from '../../support/own-folder.ts';
import { describeServices } from '../../support/services.ts';
import { root } from './walk-readme.ts';

const run = promisify(execFile);
const example = join(root, 'examples/production-compose');

describeServices('production-compose', ['postgres'], (urls) => {
  test('a backup is whole, the oldest ones go, and the platform goes on with the restored one', async () => {
    const database = await createDatabase(urls.postgres);
    onTestFinished(() => database.drop());
    const backups = await ownFolder('backups');
    onTestFinished(() => rmSync(backups, { recursive: true, force: true }));
    const env = { ...process.env, ...connection(database.url), BACKUP_DIR: backups, BACKUPS_KEPT: '2' };

    const before = await startOn(database.url);
    const api = await registeredApi(before.url);
    const job = await invoice(api);
    for (const old of ['20200101T000000Z', '20210101T000000Z', '20220101T000000Z']) {
      writeFileSync(join(backups, `cloudtask-${old}.dump`), 'an old one');
    }
    const { stdout: written } = await run('bash', [join(example, 'backup.sh')], { env });
    const dump = written.trim();
    expect(readdirSync(backups).toSorted()).toEqual(['cloudtask-20220101T000000Z.dump', dump.split('/').at(-1)]);
    await before.end('SIGTERM');

    const restored = `${env.PGDATABASE}_restored`;
    onTestFinished(async () => void (await run('dropdb', ['--if-exists', '--force', restored], { env })));
    const { stdout } = await run('bash', [join(example, 'restore.sh'), dump, restored], { env });
    expect(stdout).toMatch(/^1 jobs, the newest of 20/);

    const url = new URL(database.url);
    url.pathname = `/${restored}`;
    const after = await startOn(url.href);
    expect(await apiWith(after.url, api.token).job(job.id)).toMatchObject({ status: 'COMPLETED', result: job.result });
    await after.end('SIGTERM');
  });

  test('a database that cannot be reached leaves no dump, and an exit code', async () => {
    const backups = await ownFolder('backups');
    onTestFinished(() => rmSync(backups, { recursive: true, force: true }));
    const env = { ...process.env, ...connection(urls.postgres), PGPORT: '1', BACKUP_DIR: backups };
    await expect(run('bash', [join(example, 'backup.sh')], { env })).rejects.toMatchObject({ code: 1 });
    expect(readdirSync(backups)).toEqual([]);
  });
});

/** With a key that stays, so that a token outlives the restart. */
async function startOn(database: string) {
  const folder = await ownFolder('production');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { CLOUDTASK_DATABASE_URL: database, CLOUDTASK_JWT_SECRET: SECRET };
  const args = ['--port', '0', '--data-dir', folder, '--handlers', join(example, 'handlers')];
  const platform = await startService('embedded', env, args);
  onTestFinished(() => platform.end('SIGTERM'));
  return platform;
}

const SECRET = 'of a test, and long enough for one of production';

async function invoice(api: Api): Promise<Job> {
  const { id } = (await (await api.submit({ type: 'invoice.number', payload: { order: 42 } })).json()) as Job;
  const job = await eventually(async () => {
    const seen = await api.job(id, '10s');
    return seen.finishedAt !== null && seen;
  });
  expect(job).toMatchObject({ status: 'COMPLETED', result: { number: 'INV-000042' } });
  return job;
}

function connection(url: string) {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
}
