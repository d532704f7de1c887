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
export function toLogLine(message: unknown, fields: object | undefined): { line: LogLine; bytes: number } {
  const text = logText(message);
  const textBytes = Buffer.byteLength(text);
  const json = fields ? fieldsText(fields) : '{}';
  if (json === '{}') return { line: { message: text, fields: null }, bytes: textBytes };
  const fieldsBytes = Buffer.byteLength(json);
  const isTooMuch = textBytes + fieldsBytes > JOURNAL_LIMITS.lineBytes;
  const kept = isTooMuch ? `{"dropped":"fields of ${fieldsBytes} bytes"}` : json;
  return { line: { message: text, fields: new JsonText(kept) }, bytes: textBytes + Buffer.byteLength(kept) };
}

/** Scrubbed before it is cut to its limit: of what is cut through the middle nobody sees that it is a secret. */
export function logText(message: unknown): string {
  return cut(scrubLine(storableText(message)));
}

/** Getters and `toJSON` of a handler's own objects may throw, or there may be a circle. */
function fieldsText(fields: object): string {
  try {
    return replaceUnstorable(scrubLine(JSON.stringify(redactFields(fields))));
  } catch {
    return '{"dropped":"fields that are no JSON"}';
  }
}

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
