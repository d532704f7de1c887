import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { describeServices } from '../support/services.ts';
import { runProgram } from './run-program.ts';

const examples = join(import.meta.dirname, '../../examples');
const folder = mkdtempSync(join(tmpdir(), 'cloudtask-examples-'));
let platform: CloudTaskProcess;

const posted: string[] = [];
const slack = createServer((request, response) => {
  request.on('data', (bytes) => posted.push(String(bytes))).on('end', () => response.end('ok'));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  const env = { SLACK_WEBHOOK_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/hook` };
  const config = ['--config', join(examples, 'plugin-slack/cloudtask.config.ts')];
  const handlers = ['--handlers', join(examples, 'greet-handler')];
  platform = await startService('embedded', env, ['--port', '0', '--data-dir', folder, ...handlers, ...config]);
}, 60_000);

afterAll(async () => {
  slack.close();
  await platform?.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

async function ended(api: Api, job: object): Promise<Job> {
  const { id } = (await (await api.submit(job)).json()) as Job;
  return await eventually(
    async () => {
      const now = await api.job(id, '10s');
      return now.finishedAt !== null && now;
    },
    { timeoutMs: 20_000 },
  );
}

test('greet-handler greets, and refuses a payload without a name for good', async () => {
  const api = await registeredApi(platform.url);
  const greeted = await ended(api, { type: 'greet', payload: { name: 'Ada' } });
  expect(greeted).toMatchObject({ status: 'COMPLETED', result: { text: 'Hello Ada' } });
  const refused = await ended(api, { type: 'greet' });
  expect(refused).toMatchObject({ status: 'FAILED', reason: 'NON_RETRYABLE', attempt: 1, error: { code: 'NO_NAME' } });
}, 60_000);

test('plugin-slack posts what it is given, under its prefix', async () => {
  const api = await registeredApi(platform.url);
  const job = await ended(api, { type: 'acme.slack.message', payload: { text: 'Deployed' } });
  expect(job).toMatchObject({ status: 'COMPLETED', result: { posted: true } });
  expect(posted).toEqual(['{"text":"Deployed"}']);
}, 60_000);

describeServices('fastify-embedded', ['postgres', 'rabbitmq'], (urls) => {
  test('submits jobs, runs them, and lets them finish when it closes', async () => {
    const database = await createDatabase(urls.postgres);
    const servers = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_QUEUE_PREFIX: `examples-${process.pid}.`,
    };
    const server = await startService('embedded', servers, ['--port', '0', '--data-dir', join(folder, 'shop')]);
    const program = runProgram('examples/fastify-embedded/app.ts', [], {
      ...servers,
      CLOUDTASK_URL: server.url,
      PORT: '0',
    });
    const shop = await eventually(() => /ready on (\S+)/.exec(program.stdout())?.[1], { timeoutMs: 20_000 });
    const { id } = (await (await fetch(`${shop}/orders/7/invoice`, { method: 'POST' })).json()) as Job;
    const invoice = await fetch(`${shop}/invoices/${id}`);
    expect(await invoice.json()).toEqual({ status: 'COMPLETED', result: { number: 'INV-1' } });
    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(program.stdout()).toContain('worker stopped: { completed: 0, released: 0 }');
    await server.end('SIGTERM');
    await database.drop();
  }, 60_000);
});

test.each(['first', 'second'])(
  'submit-with-sdk sees its job completed, the %s time',
  async () => {
    const program = await runProgram('examples/submit-with-sdk/submit.ts', [], { CLOUDTASK_URL: platform.url }).ended;
    expect(program).toMatchObject({ code: 0, stderr: '' });
    expect(program.stdout).toMatch(/^submitted \S+\nCOMPLETED after 1 attempt\n/);
    expect(program.stdout).toContain('.eml');
  },
  60_000,
);

test.each(['first', 'second'])(
  'embed-in-an-app prints its sum and ends, the %s time',
  async () => {
    const program = await runProgram('examples/embed-in-an-app/app.ts', [join(folder, 'app')]).ended;
    expect(program).toMatchObject({ code: 0, stderr: '' });
    expect(program.stdout).toContain('{ sum: 6 }');
  },
  60_000,
);

test('each example has a README and imports only what the packages publish', () => {
  for (const name of readdirSync(examples)) {
    const files = readdirSync(join(examples, name));
    expect(files).toContain('README.md');
    for (const file of files.filter((each) => each.endsWith('.ts'))) {
      const code = readFileSync(join(examples, name, file), 'utf8');
      const imported = Array.from(code.matchAll(/from '([^']+)'/g), ([, module]) => module);
      const packages = imported.filter((module) => !module?.startsWith('./'));
      for (const module of packages) expect(PUBLIC).toContain(module);
    }
  }
});

const PUBLIC = [
  '@cloudtask/sdk',
  '@cloudtask/server/embedded',
  '@cloudtask/testing',
  '@cloudtask/worker',
  'fastify',
  'vitest',
];
