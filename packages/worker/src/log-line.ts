import { JsonText } from '@cloudtask/core/protocol/journal';
import { redactFields, scrubLine } from '@cloudtask/core/redact';
import { JOURNAL_LIMITS } from './journal-limits.ts';
import { replaceUnstorable } from './storable-result.ts';

export interface LogLine {
  message: string;
  fields: JsonText | null;
}

/**
 * A line as it is stored: without what may not stand in a log, as text that PostgreSQL takes, and within its limit. A
 * long message is cut, fields that do not fit beside it are left out.
 */
export function toLogLine(
  message: unknown,
  fields: object | undefined,
  scrub = AS_IT_LOOKS,
): { line: LogLine; bytes: number } {
  const text = logText(message, scrub);
  const textBytes = Buffer.byteLength(text);
  const json = fields ? fieldsText(fields, scrub) : '{}';
  if (json === '{}') return { line: { message: text, fields: null }, bytes: textBytes };
  const fieldsBytes = Buffer.byteLength(json);
  const isTooMuch = textBytes + fieldsBytes > JOURNAL_LIMITS.lineBytes;
  const kept = isTooMuch ? `{"dropped":"fields of ${fieldsBytes} bytes"}` : json;
  return { line: { message: text, fields: new JsonText(kept) }, bytes: textBytes + Buffer.byteLength(kept) };
}

/** Scrubbed before it is cut to its limit: of what is cut through the middle nobody sees that it is a secret. */
export function logText(message: unknown, scrub = AS_IT_LOOKS): string {
  return cut(scrub(storableText(message)));
}

/** A copy, made once for all who write the line. Getters of a handler's own objects may throw, or be of a revoked proxy. */
export function safeFields(fields: object | undefined): Record<string, unknown> {
  try {
    return redactFields(fields ?? {});
  } catch {
    return { dropped: 'fields that cannot be read' };
  }
}

function fieldsText(fields: object, scrub: Scrub): string {
  const text = replaceUnstorable(scrub(JSON.stringify(safeFields(fields))));
  return isJson(text) ? text : '{"dropped":"fields that are no JSON without their secrets"}';
}

/** A secret may be of the very characters that hold JSON together. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Scrub = (text: string) => string;
const AS_IT_LOOKS: Scrub = (text) => scrubLine(text);

/**
 * NUL and lone surrogates become U+FFFD: PostgreSQL holds neither. Of a long text only about as much is looked at as will be
 * kept (`cut`), however much a handler says.
 */
export function storableText(message: unknown): string {
  try {
    return String(message)
      .slice(0, 2 * JOURNAL_LIMITS.lineBytes)
      .toWellFormed()
      .replaceAll('\0', '\ufffd');
  } catch {
    return '(a message that is no text)';
  }
}

/** To the bytes of a line. */
export function cut(text: string): string {
  const most = JOURNAL_LIMITS.lineBytes;
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  const whole = Buffer.from(text).subarray(0, most - 3);
  // The last character may have been cut in two.
  return `${whole.toString().replace(/\ufffd$/, '')}…`;
}
