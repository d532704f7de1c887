import type { Look } from '../output/answer.ts';
import type { Status } from '../read-status.ts';
import { componentName } from './component-name.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';

export function statusLines(status: Status, look: Look): string[] {
  const { style, unicode } = look;
  const { profile, url, user, components, ms, stats, attention } = status;
  const parts = components
    .map(({ id, ok }) => `${mark(ok ? 'ok' : 'fail', look)} ${printable(componentName(id))}`)
    .join('   ');
  return [
    `  ${[style.bold('CloudTask'), ...(profile === null ? [] : [`profile ${printable(profile)}`]), url, printable(user.email)].join(' · ')}`,
    `  ${mark(status.health === 'UP' ? 'ok' : 'fail', look)} api ${ms}ms${parts === '' ? '' : `   ${parts}`}`,
    ...(stats === null ? [] : statsLines(stats)),
    ...attention.map(({ message, command }) => {
      const more = command === null ? '' : style.dim(`  ${unicode ? '→' : '->'} ${look.typed?.(command) ?? command}`);
      return `  ${mark('warn', look)} ${printable(message)}${more}`;
    }),
    ...(attention.length === 0 ? [`  ${style.dim('Nothing needs a look.')}`] : []),
  ];
}

function statsLines({ workers, jobs, throughput, lastHour }: NonNullable<Status['stats']>): string[] {
  return [
    `  ${workers.live} ${workers.live === 1 ? 'worker' : 'workers'} · ${workers.slots} slots · ${workers.busy} busy   ${throughput.submittedPerSecond} submitted/s`,
    `  ${jobs.waiting} waiting · ${jobs.running} running · ${jobs.retrying} retrying · ${jobs.scheduled} scheduled   ${lastHour.failed} failed in the last hour`,
  ];
}
