import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/clockwork-service.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cloudtask-service-'));
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--conditions=source', FIXTURE, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_OPTIONS: process.env.NODE_OPTIONS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const seen = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (seen.out += chunk));
  child.stderr.on('data', (chunk) => (seen.err += chunk));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...seen });
    });
  });
  const says = (text: string) => eventually(() => seen.out.includes(text), { describe: () => ({ text, ...seen }) });
  return { child, ended, says, seen };
}

/** Longer than what counts as the same press of Ctrl-C. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 350));

describe('a service', () => {
  it('says on standard output that it is ready, logs to standard error, and ends with 0 when told to stop', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, ended, says } = run(['--port', '1234']);
      await says('ready on 1234');
      child.kill(signal);
      const { code, out, err } = await ended;
      expect([code, out]).toEqual([0, 'ready on 1234\nclosing\nclosed\n']);
      const messages = err
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).msg);
      expect(messages).toEqual(['starting', 'uses memory:', 'stopping', 'stopped']);
    }
  });

  it('ends at once at a second signal, with the code of that signal', async () => {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { child, ended, says } = run(['--behaviour', 'endless-close']);
      await says('ready');
      child.kill('SIGTERM');
      await says('closing');
      await aMoment();
      child.kill(signal);
      expect((await ended).code).toBe(expected);
    }
  });

  it('takes the two signals of one Ctrl-C, from the terminal and from npm, for one', async () => {
    const { child, ended, says } = run([]);
    await says('ready');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('closed') });
  });

  it('ends with 1 when it does not stop within its grace', async () => {
    const { child, ended, says } = run(['--behaviour', 'endless-close', '--grace', '300ms']);
    await says('ready');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('did not stop within its grace') });
  });

  it('ends with 1 when it stops with an error', async () => {
    const { child, ended, says } = run(['--behaviour', 'bad-close']);
    await says('ready');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('stuck gear') });
  });

  it('can be stopped while it starts', async () => {
    const { child, ended, says } = run(['--behaviour', 'slow-start']);
    await says('starting');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, out: 'starting\n' });
  });

  it('that cannot start says why in one sentence and ends with 1', async () => {
    const { code, err, out } = await run(['--behaviour', 'no-start', '--log-level', 'warn']).ended;
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      '✗ cloudtask-clockwork did not start: the spring is broken – buy another\n  Details:  run it again with --log-level debug\n',
    );
  });

  it('that cannot start because of a bug shows where', async () => {
    const { code, err } = await run(['--behaviour', 'crash-start']).ended;
    expect(code).toBe(1);
    expect(err).toContain('clockwork-service.ts');
    expect(err).toContain('✗ cloudtask-clockwork did not start: spring is undefined\n');
  });

  it.each(['throw-later', 'reject-later'])('logs what nobody caught (%s) and ends with 1', async (behaviour) => {
    const { code, err } = await run(['--behaviour', behaviour]).ended;
    expect(code).toBe(1);
    const last = JSON.parse(err.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({
      level: 'error',
      msg: 'ends because of an unexpected error',
      err: { stack: expect.any(String) },
    });
  });
});

describe('the settings of a service', () => {
  it('are refused all at once, on standard error, with exit code 2', async () => {
    const { code, out, err } = await run(['--port', 'x', '--grace', '5'], { CLOUDTASK_LOG_LEVEL: 'loud' }).ended;
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('✗ cloudtask-clockwork did not start: 3 settings are wrong');
    expect(err).toContain(
      'CLOUDTASK_CLOCKWORK_PORT (--port), from flag --port\n      "x" must be a whole number from 1 to 65535',
    );
    expect(err).toContain(
      'CLOUDTASK_LOG_LEVEL (--log-level), from the environment\n      "loud" must be debug, info, warn or error',
    );
  });

  it('are never told when they are secret: not by errors, not by check-config, not by logs', async () => {
    const secret = 'canary-of-the-clockwork-4711';
    const env = { CLOUDTASK_CLOCKWORK_KEY: secret, CLOUDTASK_CLOCKWORK_STORE: `postgres://app:${secret}@h/db` };
    const wrong = await run(['--port', 'x'], { ...env, CLOUDTASK_CLOCKWORK_STORE: `mysql://app:${secret}@h/db` }).ended;
    const checked = await run(['check-config'], env).ended;
    const refused = await run([], { ...env, CLOUDTASK_ENV: 'production', CLOUDTASK_CLOCKWORK_KEY: secret.slice(0, 20) })
      .ended;
    const started = run(['--log-level', 'debug'], env);
    await started.says('ready');
    started.child.kill('SIGTERM');
    const lived = await started.ended;
    expect([wrong.code, checked.code, refused.code, lived.code]).toEqual([2, 0, 2, 0]);
    expect(lived.err).toContain('postgres://app:');
    expect(lived.err).toContain('the key is');
    for (const { out, err } of [wrong, checked, refused, lived]) expect(out + err).not.toContain(secret.slice(0, 20));
  });

  it('come from .env of the current directory or from the file that is named', async () => {
    const path = join(folder, 'other.env');
    writeFileSync(path, 'CLOUDTASK_CLOCKWORK_PORT=4321\n');
    const { out, code } = await run(['check-config', '--settings-file', path]).ended;
    expect([code, out]).toEqual([0, expect.stringMatching(/CLOUDTASK_CLOCKWORK_PORT +4321 +\S*other\.env/)]);
    const missing = await run(['--settings-file', join(folder, 'none.env')]).ended;
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read: there is no such file') });
  });

  it('are listed by check-config, before or after it, with a warning about slips of the pen', async () => {
    for (const args of [
      ['check-config', '--port', '7'],
      ['--port', '7', 'check-config'],
    ]) {
      const { code, out, err } = await run(args, { CLOUDTASK_CLOCKWORK_GRASE: '1s' }).ended;
      expect(code).toBe(0);
      expect(out).toContain('✓ cloudtask-clockwork: all settings are valid');
      expect(out).toMatch(/CLOUDTASK_CLOCKWORK_PORT +7 +flag --port\n/);
      expect(err).toContain(
        'CLOUDTASK_CLOCKWORK_GRASE is set, but there is no such setting – did you mean CLOUDTASK_CLOCKWORK_GRACE?',
      );
    }
  });

  it('that are wrong make check-config end with 2', async () => {
    expect((await run(['check-config', '--port', '0']).ended).code).toBe(2);
  });
});

describe('the command line of a service', () => {
  it('explains itself: commands, and every setting with flag, variable and default', async () => {
    const { code, out, err } = await run(['--help']).ended;
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Usage: cloudtask-clockwork [command] [settings]');
    expect(out).toMatch(
      / {2}--port <number> +The port that nobody listens on\.\n +CLOUDTASK_CLOCKWORK_PORT · default 9999\n/,
    );
    expect(out).toMatch(
      / {2}CLOUDTASK_CLOCKWORK_KEY +Winds the clockwork up\.\n +CLOUDTASK_CLOCKWORK_KEY_FILE · not set\n/,
    );
    expect(out).toMatch(/ {2}--\[no-\]loud +Talks more\./);
    expect(out).toMatch(/ {2}wind <turns> +Wind it up some turns\n/);
    for (const name of ['check-config', '--log-level', '--log-format', '--env ', '--settings-file'])
      expect(out).toContain(name);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('knows its version', async () => {
    expect(await run(['--version']).ended).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    [
      ['--prot', '1'],
      "✗ cloudtask-clockwork: unknown option '--prot'\n  Did you mean --port?\n  Try:   cloudtask-clockwork --help\n",
    ],
    [['--port'], '✗ cloudtask-clockwork: option'],
    [['sing'], '✗ cloudtask-clockwork:'],
    [['wind'], "✗ cloudtask-clockwork: missing required argument 'turns'"],
  ])('refuses %j with exit code 2 and the next step', async (args, expected) => {
    const { code, out, err } = await run(args).ended;
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(expected);
    expect(err).toContain('Try:   cloudtask-clockwork --help');
  });

  it('starts with the command start too', async () => {
    const { child, ended, says } = run(['start', '--port', '5']);
    await says('ready on 5');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  it('runs other commands to their end', async () => {
    expect(await run(['--loud', 'wind', '5']).ended).toMatchObject({ code: 0, out: 'wound up 5!\n' });
    expect(await run(['wind', '5', '--no-loud'], { CLOUDTASK_CLOCKWORK_LOUD: 'yes' }).ended).toMatchObject({
      code: 0,
      out: 'wound up 5\n',
    });
    // Of settings that it does not read nothing is asked.
    const inProduction = { CLOUDTASK_ENV: 'production', CLOUDTASK_CLOCKWORK_KEY: 'short' };
    expect(await run(['wind', '5'], inProduction).ended).toMatchObject({ code: 0, out: 'wound up 5\n' });
    expect(await run([], inProduction).ended).toMatchObject({ code: 2 });
    expect(await run(['wind', '0']).ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('✗ cloudtask-clockwork wind: no turns, no clockwork\n'),
    });
  });
});
