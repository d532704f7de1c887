import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { devProject, handlerText } from './support/dev-project.ts';
import { hasScript, openTerminal, type Terminal } from './support/terminal.ts';

const HELLO = handlerText('hello', "(payload, { log }) => { log.info('greeting'); return { text: 'Hello' }; }");
const SLOW = handlerText('slow', "(payload, { sleep }) => sleep('10m')");

const CTRL_C = '\u0003';
const BACKSPACE = '\u007f';

/** So high that nothing scrolls away; platforms start here, on machines that are busy. */
const openDev = (args: readonly string[], folder: string, env: Record<string, string>) =>
  openTerminal(['dev', ...args], { folder, env, columns: 100, rows: 200, patienceMs: 60_000 });

async function dev(handlers: Record<string, string>, args: readonly string[] = []) {
  const project = await devProject(handlers);
  const desktop = await plantDesktop(join(project.folder, '../desktop'));
  const terminal = await openDev(['--port', '0', ...args], project.folder, { ...project.env, PATH: desktop.path });
  await terminal.sees('q quit');
  return { ...project, terminal, desktop };
}

/** A machine that can show a page: what it was asked to open is in a file. */
async function plantDesktop(folder: string) {
  await mkdir(folder);
  const opened = join(folder, 'opened');
  await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" >> '${opened}'\n`, { mode: 0o755 });
  const path = [folder, process.env.PATH].join(delimiter);
  return { path, opened: () => readFile(opened, 'utf8').catch(() => '') };
}

const shown = (terminal: Terminal) => terminal.screen().join('\n');

async function quit({ keys, ended }: Terminal): Promise<number | null> {
  keys('q');
  return await ended;
}

describe.skipIf(!hasScript)('dev at a terminal', { timeout: 240_000 }, () => {
  test('greets, shows jobs and keys, pauses, submits what is asked for, and quits', async () => {
    const greet = `import { defineHandler, jsonSchema } from '@cloudtask/sdk';
export default defineHandler({
  type: 'greet',
  payload: jsonSchema({ type: 'object', required: ['name'], properties: { name: { type: 'string' }, times: { type: 'integer' } } }),
  run: ({ name, times }) => ({ text: name.repeat(times) }),
});\n`;
    const { terminal, ct, desktop } = await dev({ 'greet.ts': greet, 'hello.ts': HELLO }, [
      '--only',
      'greet',
      '--only',
      'hello',
    ]);
    expect(shown(terminal)).toMatch(/CloudTask dev \d+\.\d+\.\d+ {3}no Docker, no account; data in \.cloudtask\//);
    expect(shown(terminal)).toMatch(/API {2}http:\/\/127\.0\.0\.1:\d+ {3}reference http:/);
    expect(shown(terminal)).toMatch(/✓ 2 handlers from src\/handlers \([\d.]+m?s\) {3}greet · hello/);
    terminal.keys('?');
    await terminal.sees('kill the worker (kill -9)');
    terminal.keys('o');
    await terminal.sees(/^ {2}http:\/\/127\.0\.0\.1:\d+\/docs$/m);
    await eventually(async () => /^http:\/\/127\.0\.0\.1:\d+\/docs\n$/.test(await desktop.opened()));

    terminal.keys('p');
    await terminal.sees('Paused: jobs wait.');
    await terminal.sees('p resume');
    expect(await ct('run', 'hello', '--timeout', '2s')).toMatchObject({ code: 8 });
    terminal.keys('p');
    await terminal.sees(/✓ hello [0-9a-f]{8} {2}completed/);
    await terminal.sees('p pause');

    terminal.keys('s');
    await terminal.sees(/● greet$/m);
    terminal.keys('\r');
    await terminal.sees('◆  name');
    terminal.keys('Ada\r');
    await terminal.sees('times (integer, may stay empty)');
    terminal.keys('x\r');
    await terminal.sees('It has to be: integer');
    terminal.keys(`${BACKSPACE}3\r`);
    await terminal.sees(/✓ greet [0-9a-f]{8} {2}completed/);
    expect(await ct('result', '@last')).toMatchObject({ stdout: '{"text":"AdaAdaAda"}\n' });

    terminal.keys('c');
    await terminal.sees(/^\s*\? help {2}q quit/);
    terminal.keys('s');
    await terminal.sees(/● greet$/m);
    terminal.keys(CTRL_C);
    await terminal.sees('q quit');
    expect(await quit(terminal)).toBe(0);
    expect(shown(terminal)).toMatch(/Stopping…\nStopped\.$/);
  });

  test('loads what is saved, and keeps the old code for jobs that run, and when the new one is broken', async () => {
    const waits = handlerText(
      'waits',
      "async (payload, { sleep }) => { while (!existsSync('go')) await sleep('50ms'); return 'old'; }",
    );
    const text = `import { existsSync } from 'node:fs';\n${waits}`;
    const { terminal, ct, save, folder } = await dev({ 'waits.ts': text });
    const ran = ct('run', 'waits');
    await terminal.sees(/● waits .* running/);
    await save('waits.ts', text.replace("'old'", "'new'"));
    await terminal.sees(/↻ reloaded src\/handlers\/waits\.ts in [\d.]+m?s · 1 job finishes on the old code/);
    await writeFile(join(folder, 'go'), '');
    expect(await ran).toMatchObject({ code: 0, stdout: 'old\n' });
    expect(await ct('run', 'waits')).toMatchObject({ code: 0, stdout: 'new\n' });

    await save('waits.ts', text.replace('run: ', 'run: ='));
    await terminal.sees(/✗ .*src\/handlers\/waits\.ts[\s\S]*\n {2}Save again when it is mended\./);
    expect(await ct('run', 'waits')).toMatchObject({ code: 0, stdout: 'new\n' });
    await save('waits.ts', text);
    await terminal.sees(/mended\.[\s\S]*↻ reloaded src\/handlers\/waits\.ts/);
    expect(await ct('run', 'waits')).toMatchObject({ code: 0, stdout: 'old\n' });
    terminal.keys('r');
    await terminal.sees(/↻ reloaded in/);
    expect(await quit(terminal)).toBe(0);
  });

  test('says where a handler threw, moves the clock to the next attempt, and kills the worker', async () => {
    const fails = `import { defineHandler } from '@cloudtask/sdk';
export default defineHandler({ type: 'fails', run: () => build(), retryWhen: () => '1h' });
function build() {
  throw new TypeError('rows.map is not a function');
}\n`;
    const { terminal, ct } = await dev({ 'fails.ts': fails, 'slow.ts': SLOW });
    terminal.keys('t');
    await terminal.sees('Nothing waits for a time.');
    await ct('submit', 'fails', '--max-attempts', '3');
    await terminal.sees(
      /↻ fails [0-9a-f]{8} {2}attempt 1 failed {2}TypeError: rows\.map is not a function {2}next in 1h/,
    );
    await terminal.sees('at build (src/handlers/fails.ts:4:9)');
    await terminal.sees('t skip to next retry (59m');
    terminal.keys('t');
    await terminal.sees(/» the clock went on by 59m[^\n]*, to the next retry/);
    await terminal.sees(/↻ fails [0-9a-f]{8} {2}attempt 2 failed/);
    await terminal.sees('t skip to next retry (59m');
    terminal.keys('t');
    await terminal.sees(/✗ fails [0-9a-f]{8} {2}failed/);
    // No session is as old as that: dev and the commands beside it are signed in all the same.
    expect(await ct('submit', 'sleep', 'seconds:=1', '--delay', '400d')).toMatchObject({ code: 0 });
    await terminal.sees(/t skip to next delayed job \((399|400)d/);
    terminal.keys('t');
    await terminal.sees(/✓ sleep [0-9a-f]{8} {2}completed/);
    expect(await ct('jobs', 'list', '-o', 'id')).toMatchObject({ code: 0 });

    await ct('submit', 'slow');
    await terminal.sees(/● slow .* running {2}attempt 1/);
    terminal.keys('x');
    await terminal.sees('✗ the worker process ended by SIGKILL · 1 job runs again');
    await terminal.sees(/↻ a new worker process runs the code in/);
    await terminal.sees(/● slow .* running {2}attempt 2/);
    await ct('cancel', '@last');
    await terminal.sees(/⊘ slow .* cancelled/);
    expect(await quit(terminal)).toBe(0);
  });

  test('the first Ctrl-C lets jobs finish, the second hands them back at once', async () => {
    const { terminal, ct } = await dev({ 'slow.ts': SLOW });
    await ct('submit', 'slow');
    await terminal.sees(/● slow .* running/);
    terminal.keys(CTRL_C);
    await terminal.sees('Draining 1 job (10s)… Ctrl-C again to stop now');
    // One Ctrl-C may arrive twice within a moment; this is another one.
    await new Promise((resolve) => setTimeout(resolve, 600));
    terminal.keys(CTRL_C);
    const secondAt = performance.now();
    await terminal.sees(/○ slow [0-9a-f]{8} {2}pending\n[\s\S]*○ slow [0-9a-f]{8} {2}pending/);
    // Well before the grace of the first one is over.
    expect(performance.now() - secondAt).toBeLessThan(7_000);
    expect(await terminal.ended).toBe(130);
    expect(shown(terminal)).toMatch(/○ slow [0-9a-f]{8} {2}pending\n[\s\S]*Stopped\.$/);
  });

  test('a second dev in the same folder shows the jobs of the first, and Ctrl-C only leaves it', async () => {
    const { terminal, ct, folder, env } = await dev({ 'hello.ts': HELLO });
    const second = await openDev([], folder, env);
    await second.sees(/dev runs here already, on http:/);
    await ct('run', 'hello');
    await second.sees(/✓ hello .* completed/);
    second.keys(CTRL_C);
    expect(await second.ended).toBe(0);
    expect(shown(second)).toContain('Detached. dev goes on.');
    expect(await ct('run', 'hello')).toMatchObject({ code: 0 });
    const third = await openDev([], folder, env);
    await third.sees('dev runs here already');
    await quit(terminal);
    await third.sees('dev has ended.');
    expect(await third.ended).toBe(0);
  });
});
