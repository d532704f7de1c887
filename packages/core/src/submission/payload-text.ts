import type { Issue } from '@cloudtask/sdk/contract';
import { findUnstorable } from './check-storable.ts';
import { InputRefused } from './input-refused.ts';

const MAX_PAYLOAD_BYTES = 256 * 1024;

/** The payload of a job as JSON text; throws when it is too large or cannot be stored as it is. */
export function payloadText(payload: unknown): string {
  refuse(findUnstorable(payload, '/payload'));
  const text = JSON.stringify(payload);
  checkSize('payload', text, MAX_PAYLOAD_BYTES);
  return text;
}

export function refuse(issue: Issue | undefined): void {
  if (issue) throw new InputRefused('UNSTORABLE_VALUE', `${issue.path} ${issue.message}.`, [issue]);
}

export function checkSize(what: 'payload' | 'metadata', json: string, limit: number): void {
  // Three bytes at most per UTF-16 unit: most texts need not be measured.
  if (json.length * 3 <= limit) return;
  const bytes = Buffer.byteLength(json);
  if (bytes <= limit) return;
  const message = `has ${bytes} bytes as JSON; ${limit} are allowed`;
  throw new InputRefused('PAYLOAD_TOO_LARGE', `The ${what} ${message}.`, [{ path: `/${what}`, message }]);
}
