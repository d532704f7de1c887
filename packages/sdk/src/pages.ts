import { APIPromise } from './api-promise.ts';
import type { Answer, BodyWish } from './request.ts';

/** One page of a list. */
export interface Page<T> {
  /** The items of this page. */
  data: T[];
  /** Pass it as `cursor` to continue; null on the last page. */
  nextCursor: string | null;
  /** Whether there are more. */
  hasNextPage(): boolean;
  /** Asks for the page after this one; a `RangeError` when this is the last. */
  getNextPage(): Promise<Page<T>>;
}

/** Asks for one page; null is the first. */
export type FetchPage<T> = (cursor: string | null, wish?: BodyWish) => Promise<Answer<T[]>>;

/**
 * Await it for the first page, or iterate it for all items of all pages.
 *
 * @example
 * for await (const job of ct.jobs.list({ status: 'FAILED' })) console.log(job.id);
 */
export class PagePromise<T> extends APIPromise<Page<T>> implements AsyncIterable<T> {
  constructor(fetchPage: FetchPage<T>, wish: BodyWish = {}) {
    super(load(fetchPage, null, wish), wish);
  }

  protected override wireForm({ data }: Page<T>): unknown {
    return data;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for await (const page of this.pages()) yield* page.data;
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<Page<T>> {
    let page: Page<T> = await this;
    yield page;
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      yield page;
    }
  }

  /** All items in memory, at most `limit`: there is no "everything" by accident. */
  async toArray({ limit }: { limit: number }): Promise<T[]> {
    const items: T[] = [];
    if (limit <= 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= limit) break;
    }
    return items;
  }
}

async function load<T>(fetchPage: FetchPage<T>, cursor: string | null, wish?: BodyWish): Promise<Answer<Page<T>>> {
  const { data, response } = await fetchPage(cursor, wish);
  const nextCursor = nextCursorOf(response.headers);
  const page: Page<T> = {
    data,
    nextCursor,
    hasNextPage: () => nextCursor !== null,
    getNextPage: async () => {
      if (nextCursor === null) throw new RangeError('this is the last page');
      return (await load(fetchPage, nextCursor)).data;
    },
  };
  return { data: page, response };
}

/** The cursor in `Link: <…?cursor=…>; rel="next"`. */
function nextCursorOf(headers: Headers): string | null {
  const next = headers.get('link')?.match(/<([^>]*)>\s*;[^,]*\brel="?next"?/i)?.[1];
  return next === undefined ? null : new URL(next, 'http://relative.invalid').searchParams.get('cursor');
}
