// How long `cloudtask` takes to start: `node --conditions=source bench/cli-start.ts [--rounds 21] [--json]`
// Each round runs every command once, so that a slow moment of the machine falls on all of them; medians are compared.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { aJob, answer, playServer } from '../packages/sdk/test/support/play-server.ts';
import { publishedPackages } from '../scripts/packages/published-packages.ts';
import { stagePackage } from '../scripts/packages/stage-package.ts';
import { median } from './table.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, json: { type: 'boolean' } } });
const rounds = Number(flags.rounds ?? 21);
const BUDGET_MS = 150;

const folder = await mkdtemp(path.join(tmpdir(), 'cloudtask-cli-start-'));
const server = await playServer({
  'POST /jobs': (_, response) => answer(response, 201, aJob()),
  'GET /jobs': (_, response) => answer(response, 200, [aJob(), aJob()]),
});
try {
  const lines = await commandLines();
  for (const args of Object.values(lines)) await run(args); // fills the compile cache
  const taken = new Map(Object.keys(lines).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, args] of Object.entries(lines)) taken.get(name)?.push(await run(args));
  }
  report(taken);
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}

async function commandLines(): Promise<Record<string, string[]>> {
  const cli = publishedPackages().find(({ name }) => name === 'cli');
  if (!cli) throw new Error('packages/cli is not published');
  const published = path.join(folder, 'cli');
  await stagePackage(cli, published);
  const start = path.join(published, 'bin/run.js');
  const fromBuild = path.join(cli.folder, 'bin/run.js');
  return {
    'bare Node': ['--eval', ''],
    '--version': [start, '--version'],
    submit: [start, 'submit', 'sleep', 'seconds:=1', '--url', server.url],
    'jobs list': [start, 'jobs', 'list', '--url', server.url],
    'jobs list, not bundled': [fromBuild, 'jobs', 'list', '--url', server.url],
  };
}

/** Milliseconds from the start of the process to its end. */
async function run(args: string[]): Promise<number> {
  const env = { PATH: process.env['PATH'], HOME: folder, CLOUDTASK_CONFIG_DIR: path.join(folder, 'config') };
  const from = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - from;
}

function report(taken: Map<string, number[]>): void {
  const bare = median(taken.get('bare Node') ?? []);
  const rows = [...taken].map(([name, all]) => ({
    name,
    ms: median(all),
    overNodeMs: median(all) - bare,
    ratio: median(all) / bare,
  }));
  if (flags.json) console.log(JSON.stringify(rows));
  else {
    for (const { name, ms, overNodeMs, ratio } of rows) {
      console.log(
        `${name.padEnd(24)}${ms.toFixed(0).padStart(6)} ms${overNodeMs.toFixed(0).padStart(7)} over Node${ratio.toFixed(1).padStart(7)} x`,
      );
    }
  }
  const version = rows.find(({ name }) => name === '--version');
  if (version && version.overNodeMs <= BUDGET_MS) return;
  console.error(`--version takes more than ${BUDGET_MS} ms over bare Node`);
  process.exitCode = 1;
}
