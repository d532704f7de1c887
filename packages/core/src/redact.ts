/**
 * What may not stand in a log, taken out of whatever is logged. Two walls: fields by their name (here, at any depth), and
 * the finished line by its look (`scrubLine`), because messages of libraries quote URLs and headers.
 */
export function redactFields(fields: object): Record<string, unknown> {
  return fields instanceof Error ? { err: shown(fields, 0) } : shownFields(fields, 0);
}

/** Credentials of URLs, bearer tokens and JWTs in a line of text, and these very secrets. */
export function scrubLine(line: string, secrets: readonly string[] = []): string {
  let clean = line;
  for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
  // Word by word, and not by one expression: those that look for an end which may not be there take n² steps.
  if (clean.includes('://')) clean = clean.replace(/[^\s"\\]+/g, withoutCredentials);
  if (/bearer /i.test(clean)) clean = clean.replace(/(bearer) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`);
  if (clean.includes('eyJ')) clean = clean.replace(/[\w.-]+/g, withoutToken);
  return clean;
}

/** Up to the last @ of the word: a password may hold any character, also a slash that someone forgot to encode. */
function withoutCredentials(word: string): string {
  const end = word.includes('://') ? word.lastIndexOf('@') : -1;
  return end < 0 ? word : word.slice(0, end).replace(/(:\/\/[^:/@]*):.*/, `$1:${REDACTED}`) + word.slice(end);
}

/** A JWT is three parts between dots. What stands behind it in the same word goes with it. */
function withoutToken(word: string): string {
  const parts = word.split('.');
  const at = parts.findIndex((part, i) => i + 2 < parts.length && parts[i + 1] !== '' && /eyJ./.test(part));
  const part = parts[at];
  if (part === undefined) return word;
  return [...parts.slice(0, at), part.slice(0, part.indexOf('eyJ')) + REDACTED].join('.');
}

export const REDACTED = '[redacted]';

function shownFields(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    safe[name] = isPrivate(name, value) ? REDACTED : shown(value, depth + 1);
  }
  return safe;
}

/** Numbers and booleans under a longer name (`tokenLifeMs`, `hasPassword`) tell about a secret, not the secret. */
function isPrivate(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false;
  if (ENTIRELY_PRIVATE.test(name)) return true;
  return NAMES_A_SECRET.test(name) && typeof value !== 'number';
}

const ENTIRELY_PRIVATE =
  /^(payload|result|body|raw_?headers|(.*_)?(password|passwd|passphrase|secret|token|authorization|cookie)s?)$/i;
const NAMES_A_SECRET =
  /password|passwd|passphrase|secret|token|authorization|cookie|credential|api[-_]?key|private[-_]?key/i;

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'bigint') return value.toString();
  // Not in JSON anyway; a `toJSON` would be called when the line is written.
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > MAX_DEPTH) return Array.isArray(value) ? '[array]' : '[object]';
  if (value instanceof Error) return shownError(value, depth);
  if (Array.isArray(value)) return shownList(value, depth);
  if (value instanceof Map || value instanceof Set) return `[${value.constructor.name} of ${value.size}]`;
  return shownFields(value, depth);
}

function shownError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...more } = error;
  return {
    ...shownFields(more, depth),
    type: error.name,
    message: shortened(error.message),
    ...(error.cause !== undefined && { cause: shown(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && { errors: shownList(error.errors, depth) }),
    stack: shortened(error.stack ?? ''),
  };
}

function shownList(list: readonly unknown[], depth: number): unknown[] {
  // One more is shown: a note in its place would be no shorter. So what was shortened once is left alone the next time.
  if (list.length <= MAX_ITEMS + 1) return list.map((item) => shown(item, depth + 1));
  return [...list.slice(0, MAX_ITEMS).map((item) => shown(item, depth + 1)), `… ${list.length - MAX_ITEMS} more`];
}

function shortened(text: string): string {
  // The note counts too: what was shortened once is left alone the next time.
  const room = MAX_TEXT - NOTE_LENGTH;
  return text.length <= MAX_TEXT ? text : `${text.slice(0, room)}… ${text.length - room} more characters`;
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT = 8_192;
const NOTE_LENGTH = 40;
