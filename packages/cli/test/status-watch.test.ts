import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { answer, playServer, problem } from '../../sdk/test/support/play-server.ts';
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

test.skipIf(!hasScript)(
  'q and Ctrl-C end it also while the server leaves it without an answer',
  {
    timeout: 60_000,
  },
  async () => {
    const stalling = await playServer({
      // Each watch gets its first look, and waits for its second.
      'GET /actuator/health': (_, response, nth) => {
        if (nth % 2 === 1) answer(response, 200, { status: 'UP' });
      },
      'GET /auth/me': (_, response) => answer(response, 200, { id: 'u', email: 'ada@example.com', isOperator: false }),
      'GET /stats': (_, response) => problem(response, 403, 'FORBIDDEN'),
      'GET /queues': (_, response) => problem(response, 403, 'FORBIDDEN'),
      'GET /failures': (_, response) => answer(response, 200, []),
    });
    onTestFinished(stalling.close);
    const { folder } = await cliHome();
    for (const [at, [key, code]] of (
      [
        ['q', 0],
        ['\u0003', 130],
      ] as const
    ).entries()) {
      const terminal = await openTerminal(['status', '--watch'], {
        folder,
        env: { ...env, CLOUDTASK_URL: stalling.url },
      });
      await terminal.sees('q quit');
      await expect.poll(() => stalling.to('GET /actuator/health').length, { timeout: 15_000 }).toBe(2 * (at + 1));
      terminal.keys(key);
      expect(await terminal.ended).toBe(code);
    }
  },
);
