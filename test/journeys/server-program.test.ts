import { expect, test } from 'vitest';
import { PROGRAMS, runProgram, SERVER_PROGRAM } from './run-program.ts';

const names = Object.keys(PROGRAMS).filter((name) => name.startsWith('cloudtask-server '));
const run = (args: readonly string[]) => runProgram(SERVER_PROGRAM, args).ended;

test.each(names)('"%s" runs by the name that its own help and messages give', async (name) => {
  const [, role = ''] = name.split(' ');
  const [help, wrong] = await Promise.all([run([role, '--help']), run([role, '--nonsense'])]);
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(`Usage: ${name} [command] [settings]`) });
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain(`Try:   ${name} --help`);
});

test('migrate is a role of its own: it wants the database and nothing else', async () => {
  const ended = await run(['migrate', '--database-url', 'mysql://db/x']);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('1 setting is wrong');
});

test('without a role it lists them, and a wrong one is a wrong call', async () => {
  const [none, wrong] = await Promise.all([run([]), run(['sched'])]);
  expect(none).toMatchObject({ code: 0, stderr: '' });
  for (const name of names) expect(none.stdout).toContain(`  ${name.split(' ')[1]} `);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('there is no role "sched"');
});
