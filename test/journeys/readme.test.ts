import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { freePort } from '../support/free-port.ts';

const run = promisify(execFile);
const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const dataDir = mkdtempSync(join(tmpdir(), 'cloudtask-readme-'));
let platform: CloudTaskProcess;

beforeAll(async () => {
  platform = await startService('embedded', {}, ['--port', String(await freePort()), '--data-dir', dataDir]);
}, 60_000);

afterAll(async () => {
  await platform?.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

test("the README's curl commands do what it says", async () => {
  const block = readme
    .split('```bash\n')
    .find((part) => part.startsWith('curl -X POST http://localhost:8080/auth/register'));
  const script = block?.split('```')[0]?.replaceAll('http://localhost:8080', platform.url) ?? '';
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script]);
  const answers = stdout.split(/(?<=[}\]])(?=[{[])/);
  expect(answers).toHaveLength(3);
  const [session, job, jobs] = answers.map((answer) => JSON.parse(answer)) as [{ token: string }, Job, Job[]];
  expect(session.token).toMatch(/^eyJ/);
  expect(job).toMatchObject({ type: 'email', payload: { to: 'recipient@example.com' } });
  expect(jobs.map(({ id }) => id)).toEqual([job.id]);
}, 30_000);
