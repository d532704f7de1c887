import { globSync, readFileSync } from 'node:fs';
import { cp, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Guarded, spawnGuarded } from '../support/guarded-process.ts';
import { ownFolder } from '../support/own-folder.ts';
import { mustRun } from './support/run.ts';

const DOCUMENTED = 'http://localhost:8080';
const { project } = inject('installed');
const fixtures = path.join(import.meta.dirname, 'project');
let platform: Guarded;
let url = '';
/** The project once more, for files of this test. */
let home = '';

// The command that a user types, on a port that is free and with data of its own.
beforeAll(async () => {
  home = await ownFolder('first-job');
  await cp(fixtures, home, { recursive: true });
  await cp(path.join(project, 'package.json'), path.join(home, 'package.json'));
  await symlink(path.join(project, 'node_modules'), path.join(home, 'node_modules'));
  const port = await freePort();
  url = `http://localhost:${port}`;
  const program = path.join(home, 'node_modules/.bin/cloudtask-server');
  const args = [
    'all',
    '--handlers',
    path.join(home, 'handlers'),
    '--port',
    String(port),
    '--data-dir',
    path.join(home, 'data'),
  ];
  platform = spawnGuarded({ command: program, args });
  await eventually(() => / ready on /.test(platform.output()), { timeoutMs: 60_000, describe: platform.output });
});

afterAll(async () => {
  await platform?.end('SIGTERM');
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
});

test.each(globSync('**/*.ts', { cwd: fixtures }))('%s is, letter for letter, in docs/sdk.md', (file) => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/sdk.md'), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${readFileSync(path.join(fixtures, file), 'utf8')}\`\`\`\n`);
});

describe('the contract, the handler and the client of the documentation', () => {
  test('run from the packages as they are published', async () => {
    await program('register.ts', REGISTER.replaceAll(DOCUMENTED, url));
    const app = readFileSync(path.join(fixtures, 'app.ts'), 'utf8').replaceAll(DOCUMENTED, url);
    const [accepted, messageId] = (await program('app.ts', app)).trim().split('\n');
    expect(accepted).toMatch(/^[0-9a-f-]{36} SCHEDULED$/);
    expect(messageId).toMatch(/^[0-9a-f-]{36}@example\.com$/);
  });

  test('need no running platform in tests', async () => {
    expect(JSON.parse(await program('drain.ts', WITHOUT_A_PLATFORM))).toMatchObject({ completed: 1, failed: 0 });
  });
});

test('the published command registers, runs a job on it and lists it', async () => {
  const env = { CLOUDTASK_CONFIG_DIR: path.join(home, 'config'), CLOUDTASK_URL: url };
  const cloudtask = (...args: string[]) => mustRun('npx', ['--no', '--', 'cloudtask', ...args], { cwd: home, env });
  await writeFile(path.join(home, 'password'), 'correct horse battery\n');
  await cloudtask('register', '--email', 'ada@example.com', '--password-file', path.join(home, 'password'));
  const fields = ['to=ada@example.com', 'subject=Hello'];
  expect(JSON.parse(await cloudtask('run', 'email.send', ...fields))).toEqual({
    messageId: expect.stringMatching(/@example\.com$/),
  });
  const jobs = JSON.parse(await cloudtask('jobs', 'list', '--json'));
  expect(jobs).toMatchObject([{ type: 'email.send', status: 'COMPLETED' }]);
});

const REGISTER = `
  import { CloudTask } from '@cloudtask/sdk';
  await using ct = new CloudTask({ url: '${DOCUMENTED}' });
  await ct.auth.register({ email: 'user@example.com', password: 'securePassword123' });`;

const WITHOUT_A_PLATFORM = `
  import { createTestClient } from '@cloudtask/testing';
  import handler from './handlers/email.ts';
  import { sendEmail } from './jobs/email.ts';
  await using ct = createTestClient({ handlers: [handler] });
  await ct.jobs.create(sendEmail, { to: 'ada@example.com', subject: 'Hi' });
  console.log(JSON.stringify(await ct.drain()));`;

/** Writes a program into the project and runs it; returns what it printed. */
async function program(name: string, text: string): Promise<string> {
  await writeFile(path.join(home, name), text);
  return mustRun(process.execPath, [name], { cwd: home });
}
