import { parseDuration } from '@cloudtask/sdk/duration';

/**
 * From text to a value. Throws a sentence that goes after the value ("must be …") and never repeats it: the value may be
 * a secret.
 */
export interface Parser<T> {
  (text: string): T;
  /** What may stand there, for help and docs: `auto, pretty or json`. */
  readonly allowed?: string;
  /** How help shows the value: `--port <number>`. */
  readonly placeholder?: string;
  /** Its flag takes no value: `--x` means yes, `--no-x` no. */
  readonly isSwitch?: boolean;
}

export const text: Parser<string> = parser((value) => value, { placeholder: 'text' });

export function integer({ min, max }: { min: number; max: number }): Parser<number> {
  const allowed = `a whole number from ${min} to ${max}`;
  return parser(
    (value) => {
      const number = Number(value);
      if (!/^-?\d+$/.test(value) || number < min || number > max) throw mustBe(allowed);
      return number;
    },
    { allowed, placeholder: 'number' },
  );
}

/** Milliseconds. */
export const duration: Parser<number> = durationFrom();

export function durationFrom({ min, max }: { min?: DurationText; max?: DurationText } = {}): Parser<number> {
  const minMs = min === undefined ? 0 : parseDuration(min);
  const maxMs = max === undefined ? Number.MAX_SAFE_INTEGER : parseDuration(max);
  const limits = [min && `at least ${min}`, max && `at most ${max}`].filter(Boolean).join(' and ');
  const allowed = `a duration like 250ms, 30s, 5m, 2h or 1d${limits && `, ${limits}`}`;
  return parser(
    (value) => {
      // Without a unit one reader takes seconds for meant, the next one milliseconds.
      if (/^[1-9]\d*$/.test(value)) throw mustBe(`${allowed} (its unit is missing)`);
      const ms = milliseconds(value, allowed);
      if (ms < minMs || ms > maxMs) throw mustBe(allowed);
      return ms;
    },
    { allowed, placeholder: 'duration' },
  );
}

type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

function milliseconds(value: string, allowed: string): number {
  if (value === '0') return 0;
  try {
    return parseDuration(value as DurationText);
  } catch {
    throw mustBe(allowed);
  }
}

/** Yes or no. */
export const flag: Parser<boolean> = parser(
  (value) => {
    if (/^(true|yes|on|1)$/i.test(value)) return true;
    if (/^(false|no|off|0)$/i.test(value)) return false;
    throw mustBe('true or false');
  },
  { allowed: 'true or false', placeholder: 'true|false', isSwitch: true },
);

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Parser<Choice> {
  const allowed = inWords(choices);
  return parser(
    (value) => {
      const choice = choices.find((each) => each === value);
      if (choice === undefined) throw mustBe(allowed);
      return choice;
    },
    { allowed, placeholder: 'choice' },
  );
}

/** How a URL may begin: `amqp://` is followed by a host, `memory:` is complete, `pglite:` is followed by anything. */
export type UrlStart = `${string}:` | `${string}://`;

export function url(...starts: readonly UrlStart[]): Parser<string> {
  const allowed = `a URL that begins with ${inWords(starts)}`;
  return parser(
    (value) => {
      const start = starts.find((each) => value.startsWith(each));
      if (start === undefined) throw mustBe(allowed);
      if (start.endsWith('//') && !hasServer(value)) {
        throw mustBe(
          `a complete URL like ${start}user:password@host/ (encode / @ # ? and spaces in the password as %2F …)`,
        );
      }
      return value;
    },
    { allowed, placeholder: 'url' },
  );
}

function hasServer(value: string): boolean {
  const parsed = URL.parse(value);
  // PostgreSQL takes the directory of its socket as `?host=`.
  return parsed !== null && (parsed.hostname !== '' || parsed.searchParams.has('host'));
}

/** Separated by commas; spaces around them do not count. */
export const list: Parser<string[]> = listOf(text);

export function listOf<T>(item: Parser<T>): Parser<T[]> {
  return parser(
    (value) =>
      value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
        .map((each) => item(each)),
    {
      allowed: item.allowed ? `${item.allowed}, several separated by commas` : 'values separated by commas',
      placeholder: 'a,b,…',
    },
  );
}

/** Text of a form that only a pattern tells; `allowed` says it in words. */
export function matching(pattern: RegExp, allowed: string): Parser<string> {
  return parser(
    (value) => {
      if (!pattern.test(value)) throw mustBe(allowed);
      return value;
    },
    { allowed, placeholder: 'text' },
  );
}

function parser<T>(
  parse: (value: string) => T,
  about: Pick<Parser<T>, 'allowed' | 'placeholder' | 'isSwitch'>,
): Parser<T> {
  return Object.assign((value: string) => parse(value), about);
}

function mustBe(allowed: string): Error {
  return new Error(`must be ${allowed}`);
}

function inWords(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
