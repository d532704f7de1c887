import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aJob, answer, playServer } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

const hasLess = spawnSync('less', ['--version']).status === 0;
// Keeps what it is given, in the folder where the command runs.
const KEEP = { PAGER: 'cat > paged' };

async function atTerminal(args: string[], env: Record<string, string> = {}) {
  const { folder } = await cliHome();
  const terminal = await openTerminal(args, { folder, env });
  const path = join(folder, 'paged');
  const paged = async () => (existsSync(path) ? readFile(path, 'utf8') : undefined);
  return { terminal, paged };
}

async function serverOfJobs(count: number) {
  const jobs = Array.from({ length: count }, () => aJob());
  const { id } = aJob();
  const lines = jobs.map((_, at) => ({
    seq: String(at),
    at: '2026-11-23T11:01:00.000Z',
    attempt: 1,
    level: 'info',
    message: `line ${at}`,
    fields: null,
  }));
  const server = await playServer({
    'GET /jobs': (_, response) => answer(response, 200, jobs),
    [`GET /jobs/${id}/logs`]: (_, response) => answer(response, 200, lines),
  });
  onTestFinished(server.close);
  return { id, env: { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' } };
}

describe.skipIf(!hasScript)('at a terminal', () => {
  test.skipIf(!hasLess)('what is long is shown in less, and closing it early is no error', async () => {
    const { terminal } = await atTerminal(['docs', 'cli']);
    await terminal.sees('# The command line');
    expect(terminal.screen().join('\n')).not.toContain('## For scripts');
    terminal.keys('q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.scrollback().join('\n')).not.toContain('## For scripts');
  });

  test('the pager of the environment gets all of it, whichever command it is', async () => {
    const { id, env } = await serverOfJobs(30);
    for (const args of [
      ['docs', 'cli'],
      ['jobs', 'list', '--all'],
      ['logs', id],
      ['help', 'submit'],
      ['submit', '--help'],
    ]) {
      const { terminal, paged } = await atTerminal(args, { ...env, ...KEEP });
      expect(await terminal.ended).toBe(0);
      expect(terminal.screen()).toEqual([]);
      expect((await paged())?.split('\n').length).toBeGreaterThan(24);
    }
  });

  test('a pager that ends before it has read all is no error', async () => {
    // More than a pipe holds.
    const { terminal } = await atTerminal(['docs', '--llm'], { PAGER: 'head -n 1' });
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toEqual(['<!-- cli.md -->']);
  });

  test('what fits on the screen needs no pager', async () => {
    const { env } = await serverOfJobs(3);
    const { terminal, paged } = await atTerminal(['jobs', 'list'], { ...env, ...KEEP });
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toHaveLength(4);
    expect(await paged()).toBeUndefined();
  });

  test('a line that wraps counts as the rows that it needs', async () => {
    const { terminal, paged } = await atTerminal(['docs', 'INVALID_JSON', '--no-pager'], KEEP);
    expect(await terminal.ended).toBe(0);
    expect(await paged()).toBeUndefined();
    const { folder } = await cliHome();
    const narrow = await openTerminal(['docs', 'INVALID_JSON'], { folder, env: KEEP, rows: 4, columns: 20 });
    expect(await narrow.ended).toBe(0);
    expect(narrow.screen()).toEqual([]);
  });

  test.each([
    [['docs', 'cli', '--no-pager'], KEEP],
    [['--no-pager', 'docs', 'cli'], KEEP],
    [['help', 'submit', '--no-pager'], KEEP],
    [['submit', '--help', '--no-pager'], KEEP],
    [['docs', 'cli', '--json'], KEEP],
    [['docs', 'cli', '-o', 'tsv'], KEEP],
    [['docs', 'cli'], { ...KEEP, TERM: 'dumb' }],
    [['docs', 'cli'], { ...KEEP, CI: 'true' }],
    [['docs', 'cli'], { ...KEEP, CLOUDTASK_PAGER: 'cat' }],
    [['docs', 'cli'], { ...KEEP, CLOUDTASK_PAGER: '' }],
  ])('%j has no pager under %j', async (args, env) => {
    const { terminal, paged } = await atTerminal(args, env);
    expect(await terminal.ended).toBe(0);
    expect(await paged()).toBeUndefined();
    expect(terminal.scrollback().length).toBeGreaterThan(24);
  });

  test('CLOUDTASK_PAGER wins over PAGER, and one that is not there is said', async () => {
    const { terminal, paged } = await atTerminal(['docs', 'cli'], { ...KEEP, CLOUDTASK_PAGER: 'no-such-pager -x' });
    expect(await terminal.ended).toBe(0);
    expect(await paged()).toBeUndefined();
    const shown = terminal.scrollback().join('\n');
    expect(shown).toContain('warning: there is no pager no-such-pager -x');
    expect(shown).toContain('## For scripts');
  });
});

test('off a terminal there is no pager', async () => {
  const { run, folder } = await cliHome();
  const ran = await run(['docs', 'cli'], { env: KEEP });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain('## For scripts');
  expect(existsSync(join(folder, 'paged'))).toBe(false);
});
