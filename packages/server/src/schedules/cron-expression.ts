import { Cron } from 'croner';
import { describeWrongField } from './cron-fields.ts';

/** A cron expression, read as a calendar without a zone: its times are wall-clock times, written as if they were UTC. */
export interface CronExpression {
  /** Its hour field is a lone `*` or `?`: "each hour". Any other one, also with a step, names hours of the clock on the wall. */
  readonly isInterval: boolean;
  /** The first time at or after one. Null when there is none. */
  firstAt(wallMs: number): number | null;
}

/** The expression cannot be read. The message goes on a sentence that begins with its name. */
export class CronSyntaxError extends Error {}

const MAX_EXPRESSION_LENGTH = 100;
/** A 29 February that is the fifth of its weekday comes every 28 years, around 2100 after 40. */
export const HORIZON_YEARS = 40;

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
]);

/** Reads an expression of five fields, of six with seconds first, or one of the nicknames. Throws a `CronSyntaxError`. */
export function parseCron(expression: string): CronExpression {
  const known = parsed.get(expression);
  if (known) return known;
  const fields = fieldsOf(expression);
  const cron = read(fields);
  const hour = fields.at(-4) ?? '';
  const parsedNow: CronExpression = {
    isInterval: hour === '*' || hour === '?',
    firstAt: (wallMs) => cron.nextRun(new Date(wallMs - 1))?.getTime() ?? null,
  };
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(expression, parsedNow);
  return parsedNow;
}

// Reading costs more than finding a slot. Each takes some 80 KB: not too many.
const parsed = new Map<string, CronExpression>();
const MOST_PARSED = 100;

function fieldsOf(expression: string): string[] {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new CronSyntaxError(`has ${expression.length} characters; ${MAX_EXPRESSION_LENGTH} are allowed`);
  }
  const text = expression.trim();
  const fields = (NICKNAMES.get(text.toLowerCase()) ?? text).split(/\s+/);
  if (fields.length === 5 || fields.length === 6) return fields;
  const nicknames = [...NICKNAMES.keys()].join(' ');
  throw new CronSyntaxError(
    `is not a cron expression: write five fields (minute hour day month weekday), six with seconds first, or one of ${nicknames}`,
  );
}

function read(fields: readonly string[]): Cron {
  const expression = fields.join(' ');
  // croner takes a text with a colon for a date, and a plus before the weekday for "both" where our docs say "either".
  for (const [sign, name] of [
    [':', 'colon'],
    ['+', 'plus'],
  ] as const) {
    if (expression.includes(sign)) throw new CronSyntaxError(`is not a cron expression: it has a ${name}`);
  }
  try {
    return openCron(expression);
  } catch (cause) {
    throw new CronSyntaxError(
      describeWrongField(fields, (each) => openCron(each)),
      { cause },
    );
  }
}

function openCron(expression: string): Cron {
  return new Cron(expression, { utcOffset: 0, mode: '5-or-6-parts' });
}
