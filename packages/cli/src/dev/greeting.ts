import { join, relative } from 'node:path';
import type { CloudTask } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { printable } from '../views/printable.ts';
import { formatDuration } from '../views/time.ts';
import type { DevWorkersOptions } from './load-platform.ts';

export interface Greeting {
  version: string;
  url: string;
  port: { wanted: number; taken: boolean };
  /** Of the data; undefined when nothing is kept. */
  dataFolder: string | undefined;
  cwd: string;
  clockAheadMs: number;
}

/** The first lines: what runs, where, and what is kept. */
export function greet(out: Output, { version, url, port, dataFolder, cwd, clockAheadMs }: Greeting): void {
  const { sayStyle: style } = out;
  const kept = dataFolder === undefined ? 'nothing is kept' : `data in ${shown(dataFolder, cwd)}/`;
  out.say(`  ${style.bold(`CloudTask dev ${version}`)}   ${style.dim(`no Docker, no account; ${kept}`)}`);
  out.say(`  API  ${style.cyan(url)}   reference ${url}/docs`);
  if (port.taken) out.say(`  ${style.yellow('!')} Port ${port.wanted} is taken: this is the next free one.`);
  if (dataFolder !== undefined) out.say(`  Mail ${shown(join(dataFolder, 'mail'), cwd)}/`);
  if (clockAheadMs > 0) {
    const ahead = formatDuration(clockAheadMs);
    out.say(`  ${style.yellow('!')} The clock is ${ahead} ahead, since it was moved on; --fresh sets it back.`);
  }
}

const TROUBLE: Record<NonNullable<DevWorkersOptions['chaos']>[number], string> = {
  redeliver: 'a job that completes runs once more',
  slow: 'a handler starts up to 3 s late',
  crash: 'the process is killed in the middle of about one of five jobs',
};

/** What is made difficult on purpose: else it looks like a fault of the handlers. */
export function greetChaos(out: Output, chaos: NonNullable<DevWorkersOptions['chaos']>): void {
  for (const kind of chaos) out.say(`  ${out.sayStyle.yellow('!')} --chaos=${kind}: ${TROUBLE[kind]}`);
}

/** Schedules with their next time, soonest first. */
export async function greetSchedules({ ct, out }: { ct: CloudTask; out: Output }, now: number): Promise<void> {
  const schedules = await ct.schedules.list().toArray({ limit: 100 });
  if (schedules.length === 0) return;
  const coming = schedules
    .flatMap(({ name, nextAt }) => (nextAt === null ? [] : [{ name, inMs: Date.parse(nextAt) - now }]))
    .sort((a, b) => a.inMs - b.inMs)
    .slice(0, 3)
    .map(({ name, inMs }) => `${printable(name)} in ${formatDuration(Math.max(0, inMs))}`);
  const head = `${schedules.length} ${schedules.length === 1 ? 'schedule' : 'schedules'}`;
  out.say(`  ${out.look.unicode ? '◷' : '@'} ${head}${coming.length === 0 ? ', paused' : `: ${coming.join(', ')}`}`);
}

function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}
