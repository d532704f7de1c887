import type { JobLog, LogLevel } from '@cloudtask/sdk';
import { stackOf } from '../jobs/last-stack.ts';
import type { Kind, Look } from '../output/answer.ts';
import { printable } from './printable.ts';
import { stackLines } from './stack-lines.ts';
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
  line: (line, look) => logLines(line, look).join('\n'),
};

/** A line of a log for a person; what it says of a stack follows, a frame a line. */
export function logLines(line: JobLog, look: Look): string[] {
  const { at, level, message, fields } = line;
  const { style, time, now } = look;
  const stack = stackOf(line);
  const { stack: _, ...others } = fields ?? {};
  const more = fieldText(stack === null ? fields : others);
  const paint = style[COLORS[level] ?? 'bold'];
  const when = style.dim(time === undefined ? clockTime(at) : timeText(at, time, now));
  return [
    `${when} ${paint(level.padEnd(5))}  ${printable(message)}${more && style.dim(`  ${more}`)}`,
    ...stackLines(stack, look, STACK_INDENT),
  ];
}

/** Below the message. */
const STACK_INDENT = 16;

function fieldText(fields: JobLog['fields']): string {
  const pairs = Object.entries(fields ?? {});
  return printable(
    pairs.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' '),
  );
}
