import { expect, onTestFinished, test } from 'vitest';
import { aJob, answer, aSession, openEventStream, playServer } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

const PASSWORD = 'correct horse battery';

/** The command at a terminal, with a home of its own. */
async function atTerminal(args: string[], env: Record<string, string> = {}) {
  const { folder } = await cliHome();
  return await openTerminal(args, { folder, env });
}

test.skipIf(!hasScript)('a password that is typed is not shown, and is asked for twice on register', async () => {
  const server = await playServer({ 'POST /auth/register': (_, response) => answer(response, 201, aSession('t')) });
  onTestFinished(server.close);
  const terminal = await atTerminal(['register', '--url', server.url]);
  await terminal.type('E-mail', 'ada@example.com\r');
  await terminal.type('Password', `${PASSWORD}\r`);
  await terminal.type('Again', `${PASSWORD}\r`);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().join('\n')).toContain('Signed in as ada@example.com');
  expect(terminal.written()).not.toContain('horse');
  expect(server.requests[0]?.json()).toEqual({ email: 'ada@example.com', password: PASSWORD });
});

test.skipIf(!hasScript)('two different passwords are refused, and Ctrl-C at a question is exit 130', async () => {
  const [differ, stopped] = await Promise.all([
    atTerminal(['register', '--email', 'ada@example.com']),
    atTerminal(['login', '--email', 'ada@example.com']),
  ]);
  await differ.type('Password', 'one\r');
  await differ.type('Again', 'two\r');
  await stopped.type('Password', '\u0003');
  expect(await differ.ended).toBe(2);
  expect(differ.screen().join('\n')).toContain('the two passwords differ');
  expect(await stopped.ended).toBe(130);
});

test.skipIf(!hasScript)('a live line follows a job, and leaves only what happened', async () => {
  const { id } = aJob();
  const server = await playServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    [`GET /jobs/${id}/events`]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'RUNNING', { attempt: 1, startedAt: new Date().toISOString() });
      setTimeout(() => send(2, 'COMPLETED', { attempt: 1 }), 700);
    },
  });
  onTestFinished(server.close);
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  const terminal = await atTerminal(['submit', 'email', '--wait'], env);
  expect(await terminal.ended).toBe(0);
  const drawn = terminal
    .written()
    .split('\r\u001b[2K')
    .filter((text) => text.startsWith('● email 00000001  running'));
  expect(drawn.length).toBeGreaterThan(1);
  expect(terminal.screen().at(-1)).toContain('completed');
});

test.skipIf(!hasScript)('many jobs are counted and asked for; without a yes nothing changes', async () => {
  const server = await playServer({
    'POST /jobs/actions': (_, response) => answer(response, 200, { matched: 40, isExact: true, sample: [] }),
  });
  onTestFinished(server.close);
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  const terminal = await atTerminal(['cancel', '--type', 'image.thumb'], env);
  await terminal.type('Cancel 40 jobs (type image.thumb)? (y/N)', '\r');
  expect(await terminal.ended).toBe(1);
  expect(terminal.screen().join('\n')).toContain('Nothing was changed.');
  expect(server.requests.map((each) => (each.json() as { dryRun?: boolean }).dryRun)).toEqual([true]);
});
