import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { ownFolder } from '../../../test/support/own-folder.ts';
import { asTyped } from '../src/as-typed.ts';
import { toReport } from '../src/errors/report-error.ts';
import { showReport } from '../src/errors/show-report.ts';
import { signedOut } from '../src/errors/signed-out.ts';
import { cliHome } from './support/run-cli.ts';

const NPX = { npm_command: 'exec', npm_lifecycle_event: 'npx' };

/** A folder with a command in it that is not run. */
async function withCommand(...path: string[]) {
  const root = await ownFolder('as-typed');
  const folder = join(root, ...path);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'cloudtask'), '');
  return { root, folder };
}

test('after npx a command line is one that works: of the project, or of the package', async () => {
  const { root, folder } = await withCommand('node_modules/.bin');
  const env = { ...NPX, PATH: [folder, '/nowhere'].join(delimiter) };
  expect(asTyped('cloudtask login', { env, cwd: join(root, 'deep') })).toBe('npx cloudtask login');
  expect(asTyped('cloudtask login', { env, cwd: '/' })).toBe('npx @cloudtask/cli login');
});

test('where the command is installed for good, or was not started by npx, it is itself', async () => {
  const { root, folder } = await withCommand('bin');
  const installed = { ...NPX, PATH: ['/nowhere', folder].join(delimiter) };
  expect(asTyped('cloudtask login', { env: installed, cwd: root })).toBe('cloudtask login');
  expect(asTyped('cloudtask login', { env: { PATH: '' }, cwd: root })).toBe('cloudtask login');
  expect(asTyped('cloudtask login', { env: { npm_command: 'run-script', PATH: '' }, cwd: root })).toBe(
    'cloudtask login',
  );
});

test.each([
  ['cat token | cloudtask login --token-stdin', 'cat token | npx @cloudtask/cli login --token-stdin'],
  ['cloudtask dev   (starts one here)', 'npx @cloudtask/cli dev   (starts one here)'],
  ['cloudtask docs settings   or cloudtask dev', 'npx @cloudtask/cli docs settings   or npx @cloudtask/cli dev'],
  ['npm install -g @cloudtask/cli@0.1.0', 'npm install -g @cloudtask/cli@0.1.0'],
  ['cloudtask.config.ts can be read', 'cloudtask.config.ts can be read'],
])('%s', (text, typed) => {
  expect(asTyped(text, { env: { ...NPX, PATH: '' }, cwd: '/' })).toBe(typed);
});

test.each([
  [{ profile: 'prod' }, 'cloudtask -p prod watch 3f9a01c2'],
  [{ url: 'http://localhost:9000' }, 'cloudtask --url http://localhost:9000 watch 3f9a01c2'],
  [{ url: 'http://ada:secret@host' }, 'cloudtask watch 3f9a01c2'],
])('what is typed next means the server of %j', (addressed, typed) => {
  const here = { env: {}, cwd: '/' };
  expect(asTyped('cloudtask watch 3f9a01c2', here, addressed)).toBe(typed);
  for (const said of ['cloudtask login --url ADDRESS', 'cloudtask help run', 'cloudtask dev   (starts one here)'])
    expect(asTyped(said, here, addressed)).toBe(said);
});

test.each([
  [['-p', 'one', '--profile=two'], 'cloudtask -p two login'],
  [['-p', 'one', '--', '-p', 'two'], 'cloudtask -p one login'],
  [['--url=http://ada:se=cret@host'], 'cloudtask login'],
  [['--url=http://host/?a=b'], 'cloudtask login'],
])('an error after %j says how to go on there', (argv, command) => {
  const said: string[] = [];
  const stderr = { write: (text: string) => said.push(text) };
  showReport(toReport(signedOut('there')), argv, { env: {}, cwd: '/', stdin: {}, stdout: {}, stderr } as never);
  expect(said.join('')).toContain(`Try:   ${command}\n`);
});

test('errors say it, for people and for programs', async () => {
  const { run } = await cliHome();
  const people = await run(['whoami'], { env: NPX });
  expect(people.stderr).toContain('Try:   npx @cloudtask/cli login\n');
  const programs = await run(['whoami', '--json'], { env: NPX });
  expect(JSON.parse(programs.stderr)).toMatchObject({ error: { command: 'npx @cloudtask/cli login' } });
});
