import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from '@cloudtask/sdk/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { describeServices } from '../support/services.ts';
import { type Ended, PROGRAMS, type ProgramName, runProgram } from './run-program.ts';

// Who is an operator is decided by whoever can run programs on the server: real processes, as he would run them.

const run = (program: ProgramName, args: readonly string[]): Promise<Ended> =>
  runProgram(PROGRAMS[program], args, { CLOUDTASK_LOG_LEVEL: 'warn' }).ended;

async function who(url: string, token: string): Promise<User> {
  const answer = await fetch(`${url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as User;
}

async function mayListWorkers(url: string, token: string): Promise<number> {
  return (await fetch(`${url}/workers`, { headers: { authorization: `Bearer ${token}` } })).status;
}

describeServices('the operator commands beside a job-service that runs', ['postgres'], (urls) => {
  let temporary: TestDatabase;
  let service: CloudTaskProcess;
  let database: string[];
  beforeAll(async () => {
    temporary = await createDatabase(urls.postgres);
    database = ['--database-url', temporary.url];
    const own = ['--broker-url', 'memory:', '--signals-url', 'memory:', '--port', String(await freePort())];
    // It brings the database up to date before it is ready.
    service = await startService('job-service', {}, [...database, ...own]);
  });
  afterAll(async () => {
    await service?.end('SIGKILL');
    await temporary.drop();
  });

  test('make an account an operator and take it back, within 5 s and without a new login', async () => {
    const { token } = await registeredApi(service.url);
    const { email } = await who(service.url, token);
    expect(await mayListWorkers(service.url, token)).toBe(403);
    const granted = await run('cloudtask-server job-service', ['grant-operator', email.toUpperCase(), ...database]);
    expect(granted).toEqual({ code: 0, stdout: `${email.toUpperCase()} is an operator\n`, stderr: '' });
    await eventually(async () => (await mayListWorkers(service.url, token)) === 200, { timeoutMs: 7_000 });
    expect((await who(service.url, token)).isOperator).toBe(true);
    // Fine to repeat.
    expect(await run('cloudtask-server job-service', ['grant-operator', email, ...database])).toMatchObject({
      code: 0,
    });
    const revoked = await run('cloudtask-server job-service', ['revoke-operator', email, ...database]);
    expect(revoked).toEqual({ code: 0, stdout: `${email} is no operator by grant any more\n`, stderr: '' });
    await eventually(async () => (await mayListWorkers(service.url, token)) === 403, { timeoutMs: 7_000 });
  });

  test.each(['grant-operator', 'revoke-operator'])('%s says that an address has no account', async (command) => {
    const ended = await run('cloudtask-server job-service', [command, 'nobody@example.com', ...database]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(
      `✗ cloudtask-server job-service ${command}: no account has the address nobody@example.com: register it first`,
    );
  });

  test('change nothing in a database that has yet to be migrated, and say so', async () => {
    const empty = await createDatabase(urls.postgres);
    const ended = await run('cloudtask-server job-service', [
      'grant-operator',
      'a@example.com',
      '--database-url',
      empty.url,
    ]);
    await empty.drop();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/the database lacks the migration \S+: run "npm run migrate" first/);
  });
});

describe('the operator commands without a database', () => {
  test('end with the reason, and show no password', async () => {
    const url = `postgres://ada:hush-database@127.0.0.1:${await freePort()}/cloudtask`;
    const ended = await run('cloudtask-server job-service', ['grant-operator', 'a@example.com', '--database-url', url]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^✗ cloudtask-server job-service grant-operator: PostgreSQL at .* is not available/);
    expect(ended.stderr).not.toContain('hush');
  });

  test.each([
    ['no address', []],
    ['two addresses', ['a@example.com', 'b@example.com']],
  ])('take %s for a wrong call', async (_what, addresses) => {
    const ended = await run('cloudtask-server job-service', ['grant-operator', ...addresses]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('cloudtask-server job-service --help');
  });
});

describe('the operator commands on the platform in one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-operators-'));
  const dataDir = join(folder, 'data');
  const data = ['--data-dir', dataDir];
  let platform: CloudTaskProcess | undefined;
  const start = async () => {
    platform = await startService('embedded', {}, [...data, '--port', String(await freePort())]);
    return platform;
  };
  afterEach(() => platform?.end('SIGKILL'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('make no database where there is none', async () => {
    const ended = await run('cloudtask-server all', ['grant-operator', 'a@example.com', ...data]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(`there is no database at pglite:${dataDir}`);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('are refused while it runs, and count from its next start', async () => {
    const first = await start();
    await registeredApi(first.url);
    // The first account of all is one anyway.
    const { token } = await registeredApi(first.url);
    const { email, isOperator } = await who(first.url, token);
    expect(isOperator).toBe(false);
    const refused = await run('cloudtask-server all', ['grant-operator', email, ...data]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`the data directory ${dataDir} is in use by process ${first.pid}`);
    await first.end('SIGTERM');
    expect(await run('cloudtask-server all', ['grant-operator', email, ...data])).toMatchObject({ code: 0 });
    expect((await who((await start()).url, token)).isOperator).toBe(true);
  });
});
