import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { eventually } from '../support/eventually.ts';
import { runProgram } from './run-program.ts';

const examples = join(import.meta.dirname, '../../examples');
const folder = mkdtempSync(join(tmpdir(), 'cloudtask-examples-'));
let platform: CloudTaskProcess;

beforeAll(async () => {
  const handlers = join(examples, 'greet-handler');
  platform = await startService('embedded', {}, ['--port', '0', '--data-dir', folder, '--handlers', handlers]);
}, 60_000);

afterAll(async () => {
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
      for (const module of imported) expect(PUBLIC).toContain(module);
    }
  }
});

const PUBLIC = ['@cloudtask/sdk', '@cloudtask/server/embedded', '@cloudtask/testing', 'vitest'];
