import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGoldenServer } from './support/golden-server.ts';
import { cliHome, collect } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

let server: Awaited<ReturnType<typeof startGoldenServer>>;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startGoldenServer();
  env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 'ctt_test' };
});
afterAll(() => server.close());

test('in a pipe it is an object a line, until Ctrl-C', { timeout: 60_000 }, async () => {
  const { start } = await cliHome();
  const child = start(['status', '--watch'], { env });
  const ended = collect(child);
  const lines: { at: string; health: string }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as (typeof lines)[number]);
    if (lines.length === 2) break;
  }
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(lines.map(({ health }) => health)).toEqual(['DOWN', 'DOWN']);
  expect(Date.parse(lines[1]?.at ?? '')).toBeGreaterThan(Date.parse(lines[0]?.at ?? ''));
});

test('who cannot be answered reads that at once', { timeout: 60_000 }, async () => {
  const { run } = await cliHome();
  expect(await run(['status', '--watch', '--url', 'http://127.0.0.1:1'])).toMatchObject({ code: 7, stdout: '' });
  expect(await run(['status', '--watch', '--check'])).toMatchObject({ code: 2, stdout: '' });
});

test.skipIf(!hasScript)('on a terminal it stays in one place, and q ends it', { timeout: 60_000 }, async () => {
  const { folder } = await cliHome();
  const terminal = await openTerminal(['status', '--watch'], { folder, env });
  await terminal.sees('q quit');
  const looks = () => server.requests.filter(({ path }) => path.startsWith('/actuator/health')).length;
  const before = looks();
  await expect.poll(looks, { timeout: 15_000 }).toBeGreaterThan(before);
  expect(terminal.screen().filter((line) => line.includes('CloudTask ·'))).toHaveLength(1);
  expect(terminal.screen().join('\n')).toContain('✓ database   ✗ broker');
  terminal.keys('q');
  expect(await terminal.ended).toBe(0);
});
