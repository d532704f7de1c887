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

test.skipIf(!hasScript)('the sentences of an error are broken between words', async () => {
  const terminal = await atTerminal(['handlers', 'list', '--offline']);
  expect(await terminal.ended).toBe(9);
  const lines = terminal.screen();
  expect(lines.length).toBeGreaterThan(2);
  expect(lines[1]).toMatch(/^ {2}\S/);
  expect(lines.join(' ')).toMatch(
    /✗ no handlers are named here: use --handlers FOLDER, .* in a +cloudtask\.config\.ts/,
  );
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

const TYPES = [
  {
    type: 'mail',
    sensitive: ['/pin'],
    defaults: {},
    examples: [],
    payloadSchema: {
      type: 'object',
      properties: {
        to: { type: 'string', format: 'email' },
        level: { enum: ['low', 'high'] },
        copies: { type: 'integer', maximum: 9 },
        pin: { type: 'string', minLength: 4 },
      },
      required: ['to', 'level', 'copies', 'pin'],
    },
  },
];

async function serverWithTypes() {
  const server = await playServer({
    'GET /types': (_, response) => answer(response, 200, TYPES),
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
  });
  onTestFinished(server.close);
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return { env, jobs: () => server.to('POST /jobs').map((each) => each.json() as unknown) };
}

test.skipIf(!hasScript)('what a type needs is asked for, checked, hidden where it is sensitive, and sent', async () => {
  const { env, jobs } = await serverWithTypes();
  const terminal = await atTerminal(['submit', 'mail'], env);
  await terminal.type('to (string email)', 'ada\r');
  await terminal.type('It has to be: string email', '@example.com\r');
  await terminal.type('level', '\u001b[B\r');
  await terminal.type('copies (integer (…9))', 'x\r');
  await terminal.type('It has to be: integer', '\u007f3\r');
  await terminal.type('pin (string (4…))', 'hunter2\r');
  expect(await terminal.ended).toBe(0);
  expect(jobs()).toEqual([
    { type: 'mail', payload: { to: 'ada@example.com', level: 'high', copies: 3, pin: 'hunter2' } },
  ]);
  const shown = terminal.scrollback().join('\n');
  expect(shown).toContain('cloudtask submit mail to=ada@example.com level=high copies=3 pin=…');
  expect(shown).not.toContain('hunter2');
  expect(terminal.written()).not.toContain('hunter2');
});

test.skipIf(!hasScript)('Ctrl-C in the form is exit 130, and nothing is sent', async () => {
  const { env, jobs } = await serverWithTypes();
  const terminal = await atTerminal(['run', 'mail'], env);
  await terminal.type('to (string email)', 'ada@example.com\r');
  await terminal.type('level', '\u0003');
  expect(await terminal.ended).toBe(130);
  expect(jobs()).toEqual([]);
});

test.skipIf(!hasScript)('a type that is nearly one that there is is offered, and only offered', async () => {
  const { env, jobs } = await serverWithTypes();
  const question = 'No worker has registered mial. Use mail instead? (Y/n)';
  const meant = await atTerminal(['submit', 'mial', 'copies=2'], env);
  await meant.type(question, '\r');
  expect(await meant.ended).toBe(0);
  const asTyped = await atTerminal(['submit', 'mial', 'copies=2'], env);
  await asTyped.type(question, 'n\r');
  expect(await asTyped.ended).toBe(0);
  expect(jobs()).toEqual([
    { type: 'mail', payload: { copies: 2 } },
    { type: 'mial', payload: { copies: '2' } },
  ]);
});

test.skipIf(!hasScript)(
  'without a type one is chosen, by a part of its name, and its payload is asked for',
  async () => {
    const { env, jobs } = await serverWithTypes();
    const terminal = await atTerminal(['submit'], env);
    await terminal.type('Type', 'mai');
    await terminal.sees(/● mail$/m);
    terminal.keys('\r');
    await terminal.type('to (string email)', '\u0003');
    expect(await terminal.ended).toBe(130);
    expect(jobs()).toEqual([]);
  },
);

test.skipIf(!hasScript)('a payload from the editor that does not fit is asked about, and opened again', async () => {
  const { env, jobs } = await serverWithTypes();
  // The first time it leaves a wrong number, the second time a right one.
  const editor = `sh -c 'if [ -e seen ]; then n=3; else n=30; fi; touch seen; echo "{\\"to\\":\\"a@b\\",\\"level\\":\\"low\\",\\"copies\\":$n,\\"pin\\":\\"1234\\"}" > "$0"'`;
  const terminal = await atTerminal(['submit', 'mail', '--edit'], { ...env, EDITOR: editor });
  await terminal.type('Edit again? (Y/n)', '\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen().join('\n')).toContain('/copies: must be integer (…9)');
  expect(jobs()).toMatchObject([{ payload: { copies: 3 } }]);
});
