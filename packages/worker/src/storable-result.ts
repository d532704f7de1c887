/** The most that a result may be, as JSON text in UTF-8. */
const MAX_RESULT_BYTES = 256 * 1024;
const MAX_RESULT_DEPTH = 32;

/** What a handler returned cannot be stored; trying again would not help. */
export class ResultNotStorable extends Error {
  override readonly name = 'ResultNotStorable';
}

/**
 * A result as JSON text that PostgreSQL takes and that reads back as what was meant. NUL and lone surrogates, which
 * PostgreSQL refuses, become U+FFFD; what JSON would silently turn into something else is refused.
 */
export function toStorableText(value: unknown): string {
  if (value === undefined) return 'null';
  let text = stringify(value);
  // JSON has no number that is not finite and writes null instead. The second look is only for texts with a null in it.
  if (text.includes('null')) text = stringify(value, refuseNotFinite);
  if (text.includes('\\u')) text = replaceUnstorable(text);
  if (text.length >= SHORTEST_TOO_DEEP && depthOf(text) > MAX_RESULT_DEPTH) {
    throw new ResultNotStorable(`the result is nested ${depthOf(text)} levels deep, ${MAX_RESULT_DEPTH} is the most`);
  }
  checkSize(text);
  return text;
}

function stringify(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, replacer);
  } catch (cause) {
    if (cause instanceof ResultNotStorable) throw cause;
    throw new ResultNotStorable(`the result is no JSON: ${firstLine(cause)}`, { cause });
  }
  if (text === undefined) throw new ResultNotStorable(`the result is no JSON: it is a ${typeof value}`);
  return text;
}

function refuseNotFinite(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ResultNotStorable(`the result is no JSON: ${key === '' ? 'it' : `"${key}"`} is ${value}`);
  }
  return value;
}

// JSON.stringify escapes a surrogate only when it is alone. Escapes are read in pairs, so that an escaped backslash
// before "u0000" is not taken for one.
const ESCAPES = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|[\s\S])/gi;

function replaceUnstorable(text: string): string {
  return text.replace(ESCAPES, (pair, unstorable) => (unstorable === undefined ? pair : '\ufffd'));
}

// One more opening and closing bracket than allowed; anything shorter needs no look.
const SHORTEST_TOO_DEEP = 2 * (MAX_RESULT_DEPTH + 1);

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

function checkSize(text: string): void {
  // A UTF-16 unit is at most 3 bytes: counting is for the few that may be too long.
  if (text.length * 3 <= MAX_RESULT_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_RESULT_BYTES) return;
  throw new ResultNotStorable(
    `the result has ${bytes} bytes, ${MAX_RESULT_BYTES} are the most: store it elsewhere and return a reference`,
  );
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
