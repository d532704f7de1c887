import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from './problem.ts';

export type ListOrder = 'newest' | 'oldest';

/** Where a list goes on. Signed for its user and order: nobody else can use it, and nobody can make one up. */
export interface Cursors {
  seal(position: { userId: string; order: ListOrder; id: string }): string;
  /** The id after which the list goes on. Throws INVALID_CURSOR. */
  open(cursor: string, owner: { userId: string; order: ListOrder }): string;
}

const SIGNATURE_BYTES = 12;

export function createCursors(secrets: readonly string[]): Cursors {
  const [current = '', ...previous] = secrets;

  function sign(secret: string, { userId, order, id }: { userId: string; order: ListOrder; id: string }): Buffer {
    return createHmac('sha256', `cursor ${secret}`)
      .update(`${userId} ${order} ${id}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES);
  }

  return {
    seal(position) {
      const id = Buffer.from(position.id.replaceAll('-', ''), 'hex');
      return Buffer.concat([id, sign(current, position)]).toString('base64url');
    },
    open(cursor, owner) {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length !== 16 + SIGNATURE_BYTES) throw invalidCursor();
      const id = bytes
        .subarray(0, 16)
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      const isOurs = [current, ...previous].some((secret) =>
        timingSafeEqual(sign(secret, { ...owner, id }), bytes.subarray(16)),
      );
      if (!isOurs) throw invalidCursor();
      return id;
    },
  };
}

function invalidCursor(): ApiProblem {
  return new ApiProblem('INVALID_CURSOR', 'The cursor is not one of this list.', {
    issues: [{ path: '/cursor', message: 'is not a cursor of this list' }],
  });
}
