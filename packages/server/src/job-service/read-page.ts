import type { Cursors } from './cursor.ts';

export interface Page<Row> {
  rows: Row[];
  /** Undefined: there are no more. */
  nextCursor: string | undefined;
}

export interface PageRequest<Row> {
  userId: string;
  /** Which list of the user: a cursor of another one is refused. */
  list: string;
  limit: number;
  cursor?: string | undefined;
  /** Where a row stands in its list. */
  placeOf(row: Row): string;
}

/** A page of a list. `read` is asked for one row more than the page holds: that one tells whether there are more. */
export async function readPage<Row>(
  cursors: Cursors,
  { userId, list, limit, cursor, placeOf }: PageRequest<Row>,
  read: (from: { after: string | undefined; limit: number }) => Promise<Row[]>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? undefined : cursors.openText(cursor, { userId, list });
  const found = await read({ after, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const isLast = found.length <= limit || last === undefined;
  return { rows, nextCursor: isLast ? undefined : cursors.sealText({ userId, list, text: placeOf(last) }) };
}
