import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPLETION_SCRIPTS } from '../src/completion/completion-scripts.ts';
import { cliHome } from './support/run-cli.ts';

test('the rc file is shown and asked for, gets one line at its end, and gets it once', async () => {
  const { run, folder } = await cliHome();
  const rc = join(folder, '.bashrc');
  await writeFile(rc, 'alias ll="ls -l"');
  const refused = await run(['completion', 'install', 'bash']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('source <(cloudtask completion bash)');
  expect(await run(['completion', 'install', 'bash', '--dry-run'])).toMatchObject({ code: 0, stdout: `${rc}\n` });
  expect(await readFile(rc, 'utf8')).toBe('alias ll="ls -l"');
  const done = await run(['completion', 'install', 'bash', '--yes']);
  expect(done.code).toBe(0);
  expect(done.stderr).toContain(`Undo: remove the line with "# cloudtask completion" from ${rc}`);
  const after = await readFile(rc, 'utf8');
  expect(after).toMatch(/^alias ll="ls -l"\n.*source <\(cloudtask completion bash\).*# cloudtask completion\n$/);
  const again = await run(['completion', 'install', 'bash', '--yes', '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ shell: 'bash', path: rc, isWritten: false });
  expect(await readFile(rc, 'utf8')).toBe(after);
});

test('each shell has its file; the shell of the environment is meant by default', async () => {
  const { run, folder } = await cliHome();
  const pathFor = async (shell: string, env: Record<string, string> = {}) =>
    (await run(['completion', 'install', ...(shell === '' ? [] : [shell]), '--dry-run', '-q'], { env })).stdout.trim();
  expect(await pathFor('zsh', { ZDOTDIR: join(folder, 'z') })).toBe(join(folder, 'z', '.zshrc'));
  expect(await pathFor('powershell')).toMatch(/Microsoft\.PowerShell_profile\.ps1$/);
  expect(await pathFor('', { SHELL: '/usr/bin/fish', XDG_CONFIG_HOME: join(folder, 'x') })).toBe(
    join(folder, 'x', 'fish', 'completions', 'cloudtask.fish'),
  );
  expect((await run(['completion', 'install', 'bahs'])).stderr).toContain('Did you mean bash?');
  await run(['completion', 'install', 'fish', '-y']);
  const file = join(folder, '.config', 'fish', 'completions', 'cloudtask.fish');
  expect(await readFile(file, 'utf8')).toBe(`${COMPLETION_SCRIPTS.fish}\n`);
});

const hasBash = spawnSync('bash', ['--version']).status === 0;

test.skipIf(!hasBash)('bash, which takes words apart at = and :, gets the part behind them', async () => {
  const { folder } = await cliHome();
  await mkdir(join(folder, 'bin'));
  // In place of the command: says what it was asked, and answers as it would.
  const fake =
    '#!/bin/sh\nshift 2\nprintf "%s|" "$@" >> "$HOME/asked"; echo >> "$HOME/asked"\nprintf "level=low\\nlevel=high\\n"\n';
  await writeFile(join(folder, 'bin', 'cloudtask'), fake, { mode: 0o755 });
  const complete = (line: string, ...words: string[]) => {
    const script = `${COMPLETION_SCRIPTS.bash}
COMP_LINE=$1; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); compopt() { :; }
_cloudtask; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder };
    const ran = spawnSync('bash', ['-c', script, 'bash', line, ...words], { env, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    return ran.stdout.trim().split('\n');
  };
  expect(complete('cloudtask submit mail level=', 'cloudtask', 'submit', 'mail', 'level', '=')).toEqual([
    'low',
    'high',
  ]);
  expect(complete('cloudtask submit mail level=l', 'cloudtask', 'submit', 'mail', 'level', '=', 'l')).toContain('low');
  expect(complete('cloudtask submit mail ', 'cloudtask', 'submit', 'mail', '')).toEqual(['level=low', 'level=high']);
  expect((await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n')).toEqual([
    'submit|mail|level=|',
    'submit|mail|level=l|',
    'submit|mail||',
  ]);
});
