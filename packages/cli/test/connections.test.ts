import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandInfo } from '../src/command-tree.ts';
import { callOf, ENDLESS, type KnownThings } from './support/command-calls.ts';
import { startPlatform } from './support/platform.ts';

const RECORDER = fileURLToPath(new URL('./support/record-connections.cjs', import.meta.url));
const OUTWARD = fileURLToPath(new URL('./fixtures/outward', import.meta.url));
const record = join(tmpdir(), `cloudtask-connections-${process.pid}.ndjson`);

interface Going {
  what: 'connect' | 'dns' | 'udp' | 'child';
  where: string;
}

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  await writeFile(record, '');
  platform = await startPlatform({ preload: RECORDER, env: { CLOUDTASK_TEST_CONNECTIONS: record } });
});
afterAll(async () => {
  await platform.close();
  await rm(record, { force: true });
});

/** Where the command went while `work` ran. */
async function during(work: () => Promise<unknown>): Promise<Going[]> {
  await writeFile(record, '');
  await work();
  const lines = (await readFile(record, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Going);
}

async function knownThings(): Promise<KnownThings> {
  const run = async (line: string) => (await platform.run(line.split(' '))).stdout.trim();
  return {
    url: platform.url,
    done: await run('submit test.echo give=x --wait -q'),
    failed: await run('submit test.echo fail=x --wait -q'),
    cause: await run('failures list -o id'),
    worker: await run('workers list -o id'),
  };
}

test('no command goes anywhere but to the server that is configured', { timeout: 120_000 }, async () => {
  const known = await knownThings();
  await platform.run(['schedules', 'create', 'nightly', '-t', 'test.echo', '--every', '1d']);
  const commands = JSON.parse((await platform.run(['commands', '--json'])).stdout) as CommandInfo[];
  const server = new URL(platform.url).host;
  const wrong: string[] = [];
  let toServer = 0;
  for (const { command } of commands.filter((each) => !ENDLESS.includes(each.command))) {
    const { args, input = '' } = callOf(command, 'connections', known);
    const goings = await during(() => platform.run(args, { input }));
    toServer += goings.filter(({ where }) => where === server).length;
    const others = goings.filter(({ what, where }) => what !== 'connect' || where !== server);
    wrong.push(...others.map(({ what, where }) => `${command}: ${what} ${where}`));
  }
  expect(wrong).toEqual([]);
  // The recorder was there, and looked.
  expect(toServer).toBeGreaterThan(30);
});

test('help, versions and mistakes go nowhere at all', async () => {
  for (const line of ['--version', 'help', 'submit --help', 'sumbit', 'jobs list --bogus', 'complete -- jobs li'])
    expect([line, await during(() => platform.run(line.split(' ')))]).toEqual([line, []]);
});

test('every way out would be seen: a handler that takes them all is caught in each', async () => {
  const goings = await during(async () => {
    const ran = await platform.run(['handlers', 'run', 'outward', '--handlers', OUTWARD]);
    expect(ran).toMatchObject({ code: 0 });
  });
  const counts = Object.groupBy(goings, ({ what }) => what);
  expect(counts.connect?.map(({ where }) => where)).toEqual(Array(5).fill('127.0.0.1:2'));
  expect(counts.dns?.map(({ where }) => where)).toContain('telemetry.invalid');
  expect(counts.udp?.length).toBeGreaterThan(0);
  expect(counts.child?.map(({ where }) => where)).toEqual(['true']);
});
