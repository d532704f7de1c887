import type { JobLog, LogLevel } from '@cloudtask/sdk';
import type { Kind } from '../output/answer.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { clockTime, timeText } from './time.ts';

const COLORS: Record<LogLevel, keyof Style> = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' };

/** Lines of a job's log. */
export const logKind: Kind<JobLog> = {
  id: ({ seq }) => seq,
  columns: [
    { title: 'AT', text: ({ at }) => at, at: ({ at }) => at },
    { title: 'ATTEMPT', text: ({ attempt }) => String(attempt) },
    { title: 'LEVEL', text: ({ level }) => level },
    { title: 'MESSAGE', text: ({ message }) => message },
    { title: 'FIELDS', text: ({ fields }) => (fields === null ? '' : JSON.stringify(fields)) },
  ],
  line({ at, level, message, fields }, { style, time, now }) {
    const more = fieldText(fields);
    const paint = style[COLORS[level] ?? 'bold'];
    return `${style.dim(time === undefined ? clockTime(at) : timeText(at, time, now))} ${paint(level.padEnd(5))}  ${printable(message)}${more && style.dim(`  ${more}`)}`;
  },
};

function fieldText(fields: JobLog['fields']): string {
  const pairs = Object.entries(fields ?? {});
  return printable(
    pairs.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' '),
  );
}
