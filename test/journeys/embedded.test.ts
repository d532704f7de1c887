import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { afterEach, expect, test } from 'vitest';
import { apiWith, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { PROGRAMS, type Program, runProgram } from './run-program.ts';

const folders: string[] = [];
const running: CloudTaskProcess[] = [];
let watched: Program | undefined;

afterEach(async () => {
  watched?.signal('SIGKILL');
  await Promise.all([watched?.ended, ...running.splice(0).map((platform) => platform.end('SIGKILL'))]);
  watched = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-embedded-'));
  folders.push(folder);
  return folder;
}

async function start(args: readonly string[]): Promise<CloudTaskProcess> {
  const platform = await startService('embedded', {}, args);
  running.push(platform);
  return platform;
}

test('SIGTERM stops it within seconds; the job it ran goes on after the next start, at the same attempt', async () => {
  const args = ['--port', String(await freePort()), '--data-dir', dataFolder(), '--shutdown-grace', '500ms'];
  const program = runProgram(PROGRAMS['cloudtask-server all'], args);
  watched = program;
  const url = await eventually(() => /^CloudTask ready on (http:\/\/\S+)$/m.exec(program.stdout())?.[1], {
    timeoutMs: 60_000,
  });
  const { token, submit, job } = await registeredApi(url);
  const { id } = (await (await submit({ type: 'sleep', payload: { seconds: 3 } })).json()) as Job;
  await eventually(async () => (await job(id)).status === 'RUNNING');

  const toldAt = performance.now();
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0 });
  expect(performance.now() - toldAt).toBeLessThan(10_000);

  const again = apiWith((await start(args)).url, token);
  const ended = await eventually(
    async () => {
      const now = await again.job(id, '10s');
      return now.finishedAt !== null && now;
    },
    { timeoutMs: 30_000 },
  );
  expect(ended).toMatchObject({ status: 'COMPLETED', attempt: 1, result: { slept: 3 } });
}, 120_000);

test('a port that is taken ends the start with a sentence that says what to do', async () => {
  const first = await start(['--port', String(await freePort()), '--data-dir', dataFolder()]);
  const port = new URL(first.url).port;
  const second = await runProgram(PROGRAMS['cloudtask-server all'], ['--port', port, '--data-dir', dataFolder()], {
    CLOUDTASK_LOG_LEVEL: 'warn',
  }).ended;
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toContain(
    `✗ cloudtask-server all did not start: cannot listen on 127.0.0.1:${port}: another process listens there – stop it, or choose another port`,
  );
  expect(second.stderr).not.toContain('EADDRINUSE');
}, 60_000);

test('two run side by side and know nothing of each other', async () => {
  const [one, other] = await Promise.all([
    start(['--port', '0', '--data-dir', dataFolder()]),
    start(['--port', '0', '--data-dir', dataFolder()]),
  ]);
  expect(one.url).not.toBe(other.url);
  const [here, there] = await Promise.all([registeredApi(one.url), registeredApi(other.url)]);
  const payload = { to: 'recipient@example.com', subject: 'Hello' };
  for (const api of [here, there]) {
    const { id } = (await (await api.submit({ type: 'email', payload })).json()) as Job;
    await eventually(async () => (await api.job(id, '10s')).status === 'COMPLETED', { timeoutMs: 20_000 });
    expect((await api.jobs()).map((job) => job.id)).toEqual([id]);
  }
  await expect(apiWith(other.url, here.token).jobs()).rejects.toThrow('401');
}, 120_000);
