// npm run loadtest -- steady: the scenarios of the k6 scripts, without k6.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { measureLoad } from './measure-load.ts';
import { startOwnPlatform } from './own-platform.ts';
import { type Call, HELP, parseCall } from './parse-call.ts';
import { judge, printReport } from './report.ts';
import { scenarioWith } from './scenarios.ts';

const STOPPED = 130;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one finds no handler and ends the process at once.
  process.once(signal, () => stop.abort(new Error('stopped')));
}
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isStopped = stop.signal.aborted;
  process.stderr.write(isStopped ? 'stopped\n' : `loadtest: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = isStopped ? STOPPED : 1;
}

async function main(args: string[]): Promise<number> {
  const parsed = parseCall(args);
  if (parsed.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    process.stderr.write(`loadtest: ${parsed.why}\n`);
    return 2;
  }
  const { call } = parsed;
  if (call.url !== undefined) return await test(call, call.url);
  process.stderr.write('starting a platform of its own …\n');
  const platform = await startOwnPlatform();
  try {
    return await test(call, platform.url);
  } finally {
    await platform.close();
  }
}

async function test(call: Call, url: string): Promise<number> {
  if (call.withK6) return await runK6(call, url);
  const scenario = scenarioWith(call.name, call);
  process.stderr.write(`${call.name} at ${url}: ${scenario.describe}\n`);
  const load = await measureLoad({ url, scenario, jobType: call.jobType, signal: stop.signal });
  const verdicts = judge(load, scenario);
  printReport(load, verdicts);
  if (load.isStopped) return STOPPED;
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

/**
 * k6 gets Ctrl-C from the terminal itself, and ends with 99 when a threshold is crossed. Not waited for in one piece: a
 * platform of our own would stand still when nobody takes what it prints.
 */
async function runK6({ name, jobType, rate, duration }: Call, url: string): Promise<number> {
  const settings = { BASE_URL: url, JOB_TYPE: jobType, RATE: rate, DURATION: duration };
  const set = Object.entries(settings).flatMap(([key, value]) =>
    value === undefined ? [] : ['-e', `${key}=${value}`],
  );
  const k6 = spawn('k6', ['run', ...set, `${import.meta.dirname}/${name}.ts`], { stdio: 'inherit' });
  const [status] = await once(k6, 'exit').catch((error: Error) => {
    throw new Error(`k6 cannot be started (${error.message}): install it, or leave out --k6`);
  });
  return status === 0 ? 0 : 1;
}
