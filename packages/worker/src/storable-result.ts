const MAX_DEPTH = 32;

/** What is to be stored, in the words of a refusal; the most that it may be is in bytes of JSON text in UTF-8. */
export interface Storable {
  what: string;
  maxBytes: number;
  /** What to do with something larger, after having stored it elsewhere. */
  instead: string;
}
const RESULT: Storable = { what: 'the result', maxBytes: 256 * 1024, instead: 'return a reference' };

/** What a handler returned, or said of its progress, cannot be stored; trying again would not help. */
export class ResultNotStorable extends Error {
  override readonly name = 'ResultNotStorable';
}

/**
 * A value, usually a result, as JSON text that PostgreSQL takes and that reads back as what was meant. NUL and lone surrogates, which
 * PostgreSQL refuses, become U+FFFD; what JSON would silently turn into something else is refused.
 */
export function toStorableText(value: unknown, as = RESULT): string {
  if (value === undefined) return 'null';
  let text = stringify(value, as);
  // JSON has no number that is not finite and writes null instead. The second look is only for texts with a null in it.
  if (text.includes('null')) text = stringify(value, as, refuseNotFinite(as));
  text = replaceUnstorable(text);
  if (text.length >= SHORTEST_TOO_DEEP && depthOf(text) > MAX_DEPTH) {
    throw new ResultNotStorable(`${as.what} is nested ${depthOf(text)} levels deep, ${MAX_DEPTH} is the most`);
  }
  checkSize(text, as);
  return text;
}

type Replacer = (key: string, value: unknown) => unknown;

function stringify(value: unknown, { what }: Storable, replacer?: Replacer): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, replacer);
  } catch (cause) {
    if (cause instanceof ResultNotStorable) throw cause;
    throw new ResultNotStorable(`${what} is no JSON: ${firstLine(cause)}`, { cause });
  }
  if (text === undefined) throw new ResultNotStorable(`${what} is no JSON: it is a ${typeof value}`);
  return text;
}

function refuseNotFinite({ what }: Storable): Replacer {
  return (key, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new ResultNotStorable(`${what} is no JSON: ${key === '' ? 'it' : `"${key}"`} is ${value}`);
    }
    return value;
  };
}

// JSON.stringify escapes a surrogate only when it is alone. Escapes are read in pairs, so that an escaped backslash
// before "u0000" is not taken for one.
const ESCAPES = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|[\s\S])/gi;

/** In JSON text: NUL and lone surrogates become U+FFFD. */
export function replaceUnstorable(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(ESCAPES, (pair, unstorable) => (unstorable === undefined ? pair : '\ufffd'));
}

// One more opening and closing bracket than allowed; anything shorter needs no look.
const SHORTEST_TOO_DEEP = 2 * (MAX_DEPTH + 1);

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '"') i = endOfString(text, i);
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth -= 1;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function checkSize(text: string, { what, maxBytes, instead }: Storable): void {
  // A UTF-16 unit is at most 3 bytes: counting is for the few that may be too long.
  if (text.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return;
  throw new ResultNotStorable(
    `${what} has ${bytes} bytes, ${maxBytes} are the most: store it elsewhere and ${instead}`,
  );
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
