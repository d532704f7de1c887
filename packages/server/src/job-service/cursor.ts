import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from './problem.ts';

export type ListOrder = 'newest' | 'oldest';

/** Where a list goes on. Signed for its user and order: nobody else can use it, and nobody can make one up. */
export interface Cursors {
  seal(position: { userId: string; order: ListOrder; id: string }): string;
  /** The id after which the list goes on. Throws INVALID_CURSOR. */
  open(cursor: string, owner: { userId: string; order: ListOrder }): string;
  /** The same for a list that is not of jobs: its name, and any text as the position in it. */
  sealText(position: { userId: string; list: string; text: string }): string;
  openText(cursor: string, owner: { userId: string; list: string }): string;
}

const SIGNATURE_BYTES = 12;

export function createCursors(secrets: readonly string[]): Cursors {
  const [current = '', ...previous] = secrets;

  function sign(secret: string, userId: string, list: string, position: string): Buffer {
    return createHmac('sha256', `cursor ${secret}`)
      .update(`${userId} ${list} ${position}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES);
  }

  function check(signature: Buffer, userId: string, list: string, position: string): void {
    const isOurs = [current, ...previous].some(
      (secret) =>
        signature.length === SIGNATURE_BYTES && timingSafeEqual(sign(secret, userId, list, position), signature),
    );
    if (!isOurs) throw invalidCursor();
  }

  return {
    seal({ userId, order, id }) {
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
      return Buffer.concat([bytes, sign(current, userId, order, id)]).toString('base64url');
    },
    open(cursor, { userId, order }) {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length !== 16 + SIGNATURE_BYTES) throw invalidCursor();
      const id = bytes
        .subarray(0, 16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      check(bytes.subarray(16), userId, order, id);
      return id;
    },
    sealText({ userId, list, text }) {
      return Buffer.concat([sign(current, userId, list, text), Buffer.from(text)]).toString('base64url');
    },
    openText(cursor, { userId, list }) {
      const bytes = Buffer.from(cursor, 'base64url');
      const text = bytes.subarray(SIGNATURE_BYTES).toString();
      check(bytes.subarray(0, SIGNATURE_BYTES), userId, list, text);
      return text;
    },
  };
}

function invalidCursor(): ApiProblem {
  return new ApiProblem('INVALID_CURSOR', 'The cursor is not one of this list.', {
    issues: [{ path: '/cursor', message: 'is not a cursor of this list' }],
  });
}
