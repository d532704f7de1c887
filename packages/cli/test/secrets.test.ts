import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { answer, aSession, playServer } from '../../sdk/test/support/play-server.ts';
import type { CommandInfo } from '../src/command-tree.ts';
import { cliHome, collect } from './support/run-cli.ts';

// Of this run alone: other tests put theirs on command lines, to see that they are not repeated.
const SECRET = `s3cr3t-${randomUUID()}`;
const HELD = fileURLToPath(new URL('./fixtures/held', import.meta.url));

async function commands(): Promise<CommandInfo[]> {
  const { run } = await cliHome();
  return JSON.parse((await run(['commands', '--json'])).stdout) as CommandInfo[];
}

test('no flag of any command takes a secret: it is read from stdin, a file or the environment', async () => {
  const takesSecret = /token|passw|secret|credential|api-?key|smtp|(database|broker|signals)-url/i;
  const fromElsewhere = /-(stdin|file)$/;
  const all = await commands();
  const wrong = all.flatMap(({ command, flags }) =>
    flags
      .filter(({ name, takesValue }) => takesValue && takesSecret.test(name) && !fromElsewhere.test(name))
      .map(({ name }) => `${command} --${name}`),
  );
  expect(wrong).toEqual([]);
  // The rule sees what it is for.
  expect(takesSecret.test('token') && takesSecret.test('password') && takesSecret.test('database-url')).toBe(true);
  expect(all.flatMap(({ flags }) => flags).some(({ name }) => name === 'password-stdin')).toBe(true);
});

test('no argument of any command is a secret', async () => {
  const wrong = (await commands()).flatMap(({ command, args }) =>
    args.filter(({ name }) => /token|passw|secret/i.test(name)).map(({ name }) => `${command} ${name}`),
  );
  // That of `tokens revoke` and `tokens create` is the token's name.
  expect(wrong.filter((each) => !/^tokens (revoke|create) /.test(each))).toEqual([]);
});

/** Processes in whose command line or title the text is, as everybody on this machine can see with `ps`. */
function seenByPs(text: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const shown = ['cmdline', 'comm'].map((file) => readIfThere(`/proc/${pid}/${file}`)).join(' ');
    return shown.includes(text) ? [`${pid} ${shown.replaceAll('\0', ' ')}`] : [];
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

/** A TCP server that accepts and never says a word: whoever talks to it is held while the test looks around. */
async function silentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, hasGuest: () => sockets.size > 0 };
}

describe.skipIf(process.platform !== 'linux')('ps shows no secret', () => {
  test('that would be seen if it were there', async () => {
    const { start } = await cliHome();
    const child = start(['login', '--email', SECRET, '--password-stdin', '--url', 'http://127.0.0.1:1']);
    const ended = collect(child);
    await eventually(() => seenByPs(SECRET).length > 0);
    child.stdin.end();
    await ended;
  });

  test.each([['login'], ['register']])('while %s sends a password from stdin', async (command) => {
    let isHeld = false;
    let release = () => {};
    const server = await playServer({
      [`POST /auth/${command}`]: async (_, response) => {
        isHeld = true;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        answer(response, 200, aSession('t'));
      },
    });
    onTestFinished(server.close);
    const { start } = await cliHome();
    const child = start([command, '--email', 'ada@example.com', '--password-stdin', '--url', server.url]);
    const ended = collect(child);
    child.stdin.end(SECRET);
    await eventually(() => isHeld, { timeoutMs: 10_000, describe: () => 'the login was not sent' });
    expect(seenByPs(SECRET)).toEqual([]);
    release();
    expect(await ended).toMatchObject({ code: 0 });
    expect(server.requests[0]?.json()).toMatchObject({ password: SECRET });
  });

  test('while handlers run has a token in its environment', async () => {
    const { start, folder } = await cliHome();
    const env = { CLOUDTASK_TOKEN: SECRET, HELD_BY: join(folder, 'go') };
    const child = start(['handlers', 'run', 'held', '--handlers', HELD], { env });
    child.stdin.end();
    let said = '';
    child.stderr.on('data', (text) => {
      said += String(text);
    });
    const ended = collect(child);
    await eventually(() => said.includes('held'), { timeoutMs: 10_000, describe: () => said });
    expect(seenByPs(SECRET)).toEqual([]);
    await writeFile(join(folder, 'go'), '');
    expect(await ended).toMatchObject({ code: 0 });
  });

  test('while worker start has passwords in its environment', async () => {
    const database = await silentServer();
    const { start } = await cliHome();
    const env = {
      CLOUDTASK_DATABASE_URL: `postgres://app:${SECRET}@127.0.0.1:${database.port}/jobs`,
      CLOUDTASK_BROKER_URL: `amqp://app:${SECRET}@127.0.0.1:${database.port}`,
      CLOUDTASK_SIGNALS_URL: `redis://app:${SECRET}@127.0.0.1:${database.port}`,
    };
    const child = start(['worker', 'start', '--handlers', HELD, '--metrics-port', '0'], { env });
    child.stdin.end();
    const ended = collect(child);
    await eventually(database.hasGuest, { timeoutMs: 10_000, describe: () => 'nobody called the database' });
    expect(seenByPs(SECRET)).toEqual([]);
    child.kill('SIGKILL');
    const { stdout, stderr } = await ended;
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

test('a worker without a database and a broker names what is missing, and calls nobody', async () => {
  const { run, folder } = await cliHome();
  const ran = await run(['worker', 'start', '--handlers', HELD]);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain('CLOUDTASK_DATABASE_URL and CLOUDTASK_BROKER_URL are not set');
  await writeFile(join(folder, '.env'), 'CLOUDTASK_DATABASE_URL=postgres://127.0.0.1:1/jobs\n');
  const half = await run(['worker', 'start', '--handlers', HELD]);
  expect(half.stderr).toContain('✗ CLOUDTASK_BROKER_URL is not set');
});
