import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@cloudtask/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import type { Tried } from '../src/handlers/try-handler.ts';
import { startPlatform } from './support/platform.ts';
import { cliHome, collect } from './support/run-cli.ts';

const PROJECT = fileURLToPath(new URL('./fixtures/project/cloudtask.config.ts', import.meta.url));
const ECHO = fileURLToPath(new URL('./fixtures/handlers', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());

const ct = (line: string) => platform.run(line.split(' '));
const inProject = (line: string) => platform.run([...line.split(' '), '--config', PROJECT]);

/** A folder in which programs find the packages of this repository. */
async function emptyProject() {
  const home = await cliHome();
  await symlink(MODULES, join(home.folder, 'node_modules'));
  return home;
}

/** A project with one file of handlers. */
async function projectWith(code: string) {
  const home = await emptyProject();
  await mkdir(join(home.folder, 'handlers'));
  await writeFile(join(home.folder, 'handlers/given.ts'), code);
  return home;
}

test('the list says where each handler is written and whether the server knows it so', async () => {
  const own = await ct(`handlers list --handlers ${ECHO} --json`);
  expect(JSON.parse(own.stdout)).toMatchObject([
    { type: 'test.echo', file: expect.stringMatching(/handlers\/echo\.ts$/), line: 4, server: 'in sync' },
    { type: 'test.letter', server: 'in sync' },
    { type: 'test.told', server: 'in sync' },
  ]);
  const rows = (await inProject('handlers list')).stdout.trim().split('\n');
  const parts = rows.map((row) => row.split('\t')).map(([type, from, server]) => [type, from?.split(':')[1], server]);
  expect(parts).toEqual([
    ['mail.fail', '26', 'not on the server'],
    ['mail.send', '4', 'not on the server'],
  ]);
});

test('two handlers of one file have a line each, also when their contracts are written elsewhere', async () => {
  const { folder } = await projectWith(
    `import { defineHandler } from '@cloudtask/sdk';
     import { one, two } from './_contracts.ts';
     // A job of 'one.go' makes one of 'two.go'.
     export const first = defineHandler(one, () => null);
     const second = defineHandler(two, () => null);
     export { second as default };`,
  );
  await writeFile(
    join(folder, 'handlers/_contracts.ts'),
    `import { defineJob } from '@cloudtask/sdk';
     export const [one, two] = [defineJob({ type: 'one.go' }), defineJob({ type: 'two.go' })];`,
  );
  const ran = await ct(`handlers list --handlers ${join(folder, 'handlers')} --offline --json`);
  expect(ran.stderr).toBe('');
  expect(JSON.parse(ran.stdout)).toMatchObject([
    { type: 'one.go', line: 4 },
    { type: 'two.go', line: 6 },
  ]);
});

test('a file that exports no handler is said, with how one looks; what helps others is not', async () => {
  const { folder } = await projectWith(
    `import { defineHandler } from '@cloudtask/sdk';
     import { name } from './names.js';
     export default defineHandler({ type: name }, () => null);`,
  );
  const files: Record<string, string> = {
    'names.ts': "export const name = 'test.named';",
    'forgotten.ts':
      "import { defineHandler } from '@cloudtask/sdk';\ndefineHandler({ type: 'x' }, () => null);\nexport const url = '';",
    'empty.ts': '',
    '_shared.ts': 'export {};',
    'given.test.ts': 'throw new Error();',
    'types.d.ts': 'export interface X {}',
  };
  // What is imported as compiled code is the source here.
  files['names.js'] = "export { name } from './names.ts';";
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'handlers', name), text);
  for (const command of ['list --offline', 'check']) {
    const { stderr, code } = await ct(`handlers ${command} --handlers ${join(folder, 'handlers')}`);
    expect(code).toBe(0);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /! .*handlers\/empty\.ts exports no handler \(it exports nothing\): write `export default defineHandler/,
    );
    expect(lines[1]).toMatch(
      /forgotten\.ts exports no handler \(it exports url\).* type: 'forgotten'.* call it _forgotten\.ts/,
    );
  }
});

test('a handler that a worker would register otherwise differs', async () => {
  const { folder } = await projectWith(
    `import { defineHandler } from '@cloudtask/sdk';
     export default defineHandler({ type: 'test.echo', maxAttempts: 9 }, () => null);`,
  );
  const [row] = (await ct(`handlers list --handlers ${join(folder, 'handlers')}`)).stdout.split('\n');
  expect(row).toMatch(/\tdiffers$/);
});

test('the list works without a server, and says that it was not compared', async () => {
  const away = await inProject('handlers list --url http://127.0.0.1:1');
  expect(away).toMatchObject({ code: 0 });
  expect(away.stderr).toContain('Not compared with a server');
  expect(await inProject('handlers list --offline -o id')).toMatchObject({
    code: 0,
    stdout: 'mail.fail\nmail.send\n',
    stderr: '',
  });
});

test('a check of sound handlers prints the registry', async () => {
  const ran = await inProject('handlers check --json');
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    ok: true,
    problems: [],
    handlers: [
      { type: 'mail.fail', payloadSchema: null },
      { type: 'mail.send', line: 4, payloadSchema: { required: ['to'] }, defaults: { maxAttempts: 3 } },
    ],
  });
  expect((await inProject('handlers check -o human')).stdout).toContain('2 handlers, nothing is wrong');
});

test('examples that do not fit or change in JSON, and defaults that their schema refuses, are exit 9', async () => {
  const { run } = await projectWith(
    `import { defineHandler, defineJob, jsonSchema } from '@cloudtask/sdk';
     const payload = jsonSchema({ type: 'object', properties: { n: { type: 'integer', default: 'one' }, m: { $ref: '#/$defs/few', default: 9 } }, $defs: { few: { type: 'integer', maximum: 3 } }, required: ['n'] });
     const examples = [{ n: 1 }, { n: 'x' }, { n: 1, at: new Date(0) }] as never[];
     export default defineHandler(defineJob({ type: 'wrong', payload, examples }), () => null);`,
  );
  const ran = await run(['handlers', 'check', '--handlers', 'handlers', '-o', 'tsv']);
  expect(ran.code).toBe(9);
  expect(ran.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^wrong\texample 2 does not fit the payload: \/n: /),
    'wrong\texample 3 is not the same after JSON: use what JSON has',
    'wrong\tthe default of n does not fit its own schema',
    'wrong\tthe default of m does not fit its own schema',
  ]);
});

test.each([
  [`export const x = 1;`, 'exports a handler'],
  [`throw new Error('no database here');`, 'no database here'],
  [
    `import { defineHandler } from '@cloudtask/sdk';
     export const a = defineHandler({ type: 'same' }, () => 1); export const b = defineHandler({ type: 'same' }, () => 2);`,
    'two handlers for the type "same"',
  ],
])('what keeps a worker from starting is told in its words: %s', async (code, words) => {
  const { run } = await projectWith(code);
  const ran = await run(['handlers', 'check', '--handlers', 'handlers']);
  expect(ran).toMatchObject({ code: 9, stdout: '' });
  expect(ran.stderr).toContain(words);
  expect(ran.stderr).not.toContain('bug in cloudtask');
});

test('a project without handlers says how to name them', async () => {
  const { run } = await emptyProject();
  const ran = await run(['handlers', 'check']);
  expect(ran).toMatchObject({ code: 9, stdout: '' });
  expect(ran.stderr).toContain('use --handlers FOLDER');
});

test('a handler is run once here: its result is the answer, what it says is on stderr', async () => {
  const ran = await inProject('handlers run mail.send to=ada@example.com --attempt 2');
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ to: 'ada@example.com', place: 'the service' });
  expect(ran.stdout.trim().split('\n')).toHaveLength(1);
  expect(ran.stderr).toContain('printed by the handler');
  expect(ran.stderr).toMatch(/info {2}sending \{"to":"ada@example\.com"\}/);
  expect(ran.ms).toBeLessThan(5_000);
});

test('a failure is exit 3 with its reason, and says when it would be tried again', async () => {
  const [first, last] = [
    await inProject('handlers run mail.fail'),
    await inProject('handlers run mail.fail --attempt 2'),
  ];
  expect(first).toMatchObject({ code: 3, stdout: '' });
  expect(first.stderr).toMatch(/✗ retrying, again in .* or sooner\n {2}ERROR: the server said no\n {4}at .*:\d+:\d+/);
  expect(last.stderr).toContain('✗ failed\n');
  expect(JSON.parse((await inProject('handlers run mail.fail --json')).stdout)).toMatchObject({
    outcome: 'retrying',
    error: { code: 'REFUSED', message: 'the server said no' },
  });
});

test('a payload that does not fit is refused as in a worker, an attempt that there is not as usage', async () => {
  const wrong = await inProject('handlers run mail.send to:=3');
  expect(wrong).toMatchObject({ code: 3, stdout: '' });
  expect(wrong.stderr).toContain('INVALID_PAYLOAD');
  expect(await inProject('handlers run mail.send to=a --attempt 9')).toMatchObject({ code: 2, stdout: '' });
  const typo = await inProject('handlers run mail.sned to=a');
  expect(typo).toMatchObject({ code: 5, stdout: '' });
  expect(typo.stderr).toContain('Did you mean mail.send?');
});

test('fields become what the definition here says, and what it has no place for is refused before it runs', async () => {
  const ran = await inProject('handlers run mail.send to=007 times=3');
  expect(JSON.parse(ran.stdout)).toMatchObject({ to: '007', times: 3 });
  const wrong = await inProject('handlers run mail.send to=a times=often');
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('mail.send wants integer there.');
  expect(wrong.stderr).toContain('Try:   cloudtask handlers check --json');
  const typo = await inProject('handlers run mail.send ot=a');
  expect(typo).toMatchObject({ code: 2, stdout: '' });
  expect(typo.stderr).toContain('mail.send has no field ot');
});

test('a second delivery shows what it changes, a cancel ends it', async () => {
  const twice = await inProject('handlers run mail.send to=a --redeliver --json');
  const { result, redelivered } = JSON.parse(twice.stdout) as Tried & { result: { runs: number } };
  expect(redelivered?.result).toMatchObject({ runs: result.runs + 1 });
  expect(twice.stderr).toContain('the second delivery gave another result');
  const cancelled = await inProject('handlers run mail.send to=a --cancel-after 1m');
  expect(cancelled).toMatchObject({ code: 3, stdout: '' });
  expect(cancelled.stderr).toContain('cancelled');
});

test('a job of the server is pulled, and run here with its payload, also when the server is away', async () => {
  const id = (await ct('submit mail.send to=pulled@example.com -o id')).stdout.trim();
  const pull = await ct(`jobs pull ${id.slice(-8)}`);
  expect(pull).toMatchObject({ code: 0, stdout: `.cloudtask/pulled/${id}.json\n` });
  const path = join(platform.folder, pull.stdout.trim());
  expect((await stat(path)).mode & 0o077).toBe(0);
  expect(JSON.parse(await readFile(path, 'utf8')) as Job).toMatchObject({ id, payload: { to: 'pulled@example.com' } });
  const away = await inProject(`handlers run --job ${id.slice(-8)} times:=2 --url http://127.0.0.1:1`);
  expect(JSON.parse(away.stdout)).toMatchObject({ to: 'pulled@example.com' });
  const other = (await ct('submit mail.send to=fetched@example.com -o id')).stdout.trim();
  expect((await inProject(`handlers run --job ${other}`)).stdout).toContain('fetched@example.com');
});

test('--inspect-brk waits for a debugger', { timeout: 30_000 }, async () => {
  const { start } = await cliHome();
  const child = start(['handlers', 'run', 'mail.send', 'to=a', '--config', PROJECT, '--inspect-brk']);
  const ended = collect(child);
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  await eventually(() => said.includes('Debugger listening on ws://127.0.0.1:9229/'), { describe: () => said });
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  expect((await ended).stdout).toBe('');
});

test('a new handler is sound, runs, and overwrites nothing', { timeout: 60_000 }, async () => {
  const { run, folder } = await emptyProject();
  const made = await run(['handlers', 'new', 'image.re-size']);
  expect(made).toMatchObject({
    code: 0,
    stdout: 'src/jobs/image-re-size.ts\nsrc/handlers/image-re-size.ts\ntest/image-re-size.test.ts\n',
  });
  const handlers = ['--handlers', 'src/handlers'];
  expect(await run(['handlers', 'check', ...handlers, '-o', 'id'])).toMatchObject({
    code: 0,
    stdout: 'image.re-size\n',
  });
  const ran = await run(['handlers', 'run', 'image.re-size', 'name=Ada', ...handlers]);
  expect(JSON.parse(ran.stdout)).toEqual({ greeting: 'Hello Ada' });
  const before = await readFile(join(folder, 'src/handlers/image-re-size.ts'), 'utf8');
  await writeFile(join(folder, 'src/handlers/image-re-size.ts'), `${before}// mine\n`);
  const again = await run(['handlers', 'new', 'image.re-size']);
  expect(again).toMatchObject({ code: 6, stdout: '' });
  expect(await readFile(join(folder, 'src/handlers/image-re-size.ts'), 'utf8')).toContain('// mine');
  expect(await run(['handlers', 'new', '../evil'])).toMatchObject({ code: 2, stdout: '' });
});
