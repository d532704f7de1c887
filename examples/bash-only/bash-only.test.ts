import { execFile } from 'node:child_process';
import { defineHandler } from '@cloudtask/sdk';
import { createTestClient, type TestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';

const handlers = ['email', 'sleep'].map((type) => defineHandler({ type, run: () => ({ done: type }) }));

/** Runs a script against the platform in this process, which has a port for that. */
async function run(
  client: TestClient,
  [script = '', ...args]: string[],
  input: string,
  more: Record<string, string> = {},
) {
  const { url, token } = await client.server();
  // The command is run from its source, as this test is.
  const NODE_OPTIONS = '--conditions=source';
  const env = { ...process.env, CLOUDTASK_URL: url, CLOUDTASK_TOKEN: token, NODE_OPTIONS, ...more };
  return await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile('bash', [script, ...args], { cwd: import.meta.dirname, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

test('a letter goes once to each address, however often the script runs', async () => {
  await using client = createTestClient({ handlers });
  const send = (limit: string) =>
    run(client, ['newsletter.sh', 'spring-2027.txt'], 'ada@example.com\ngrace@example.com', { LIMIT: limit });
  expect(await send('100ms')).toMatchObject({ code: 8, stdout: '', stderr: expect.stringContaining('not done yet') });
  expect(await client.drain()).toMatchObject({ completed: 2 });
  expect(await send('10s')).toMatchObject({ code: 0, stdout: '2 mails sent\n' });
  const sent = (await client.enqueued('email')).map(({ payload }) => (payload as { to: string }).to);
  expect(sent).toEqual(['ada@example.com', 'grace@example.com']);
}, 60_000);

test('an export that takes too long is cancelled, and says so by its exit code', async () => {
  await using client = createTestClient({ handlers });
  expect(await run(client, ['export.sh', '100ms'], '{"seconds": 60}')).toMatchObject({ code: 8, stdout: '' });
  expect(await client.enqueued('sleep')).toMatchObject([{ status: 'CANCELLED', payload: { seconds: 60 } }]);
}, 60_000);

test('without a server the script ends with 7: it can be run again later', async () => {
  await using client = createTestClient({ handlers });
  const away = { CLOUDTASK_URL: 'http://127.0.0.1:1' };
  expect(await run(client, ['newsletter.sh', 'spring-2027.txt'], 'ada@example.com\n', away)).toMatchObject({ code: 7 });
}, 60_000);
