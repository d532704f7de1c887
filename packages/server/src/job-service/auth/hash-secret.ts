import { createHash } from 'node:crypto';

/** What is stored of a token, or of what may not be read back. Tokens are random enough that a plain hash tells nothing. */
export function hashSecret(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
