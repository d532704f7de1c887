import { CloudTaskError } from './errors.ts';
import type { Answer, ResponseMeta } from './request.ts';

/** How a call ended, for those who prefer a value to an exception. */
export type Safe<T> = { ok: true; data: T; error?: undefined } | { ok: false; error: CloudTaskError; data?: undefined };

/**
 * The promise of a call. The request is under way already; awaiting gives the data, the methods give more.
 *
 * @example
 * const { data, response } = await ct.jobs.get(id).withResponse();
 */
export class APIPromise<T> extends Promise<T> {
  readonly #answer: Promise<Answer<T>>;

  constructor(answer: Promise<Answer<T>>) {
    // Never settled by itself: `then` looks at the answer. So a failure that is taken through another method does not
    // also count as unhandled here.
    super(() => {});
    this.#answer = answer;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise that takes its value from the answer.
  override then<A = T, B = never>(
    onData?: ((data: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#answer.then(({ data }) => data).then(onData, onError);
  }

  /** The data with status, headers and request id. */
  withResponse(): Promise<{ data: T; response: ResponseMeta }> {
    return this.#answer;
  }

  /** Never throws for what the SDK can fail with. */
  async safe(): Promise<Safe<T>> {
    try {
      return { ok: true, data: (await this.#answer).data };
    } catch (error) {
      if (error instanceof CloudTaskError) return { ok: false, error };
      throw error;
    }
  }
}
