import { CloudTaskError } from './errors.ts';
import type { Answer, BodyWish, ResponseMeta } from './request.ts';

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
  readonly #wish: BodyWish;

  constructor(answer: Promise<Answer<T>>, wish: BodyWish = {}) {
    // Never settled by itself: `then` looks at the answer. So a failure that is taken through another method does not
    // also count as unhandled here.
    super(() => {});
    this.#answer = answer;
    this.#wish = wish;
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

  /**
   * The answer as the platform's own `Response`, its body not read: read it, or cancel it, so that the connection is free
   * again. Ask at once; after the answer has been read it is made anew from the data. A refusal throws as ever.
   *
   * @example
   * const metrics = await ct.request('GET', '/actuator/prometheus').asResponse();
   * console.log(await metrics.text());
   */
  async asResponse(): Promise<Response> {
    this.#wish.isRaw = true;
    const { data, response } = await this.#answer;
    if (this.#wish.response) return this.#wish.response;
    const { status, headers } = response;
    return new Response(data === undefined ? null : JSON.stringify(this.wireForm(data)), { status, headers });
  }

  /** The data as the server sent it. */
  protected wireForm(data: T): unknown {
    return data;
  }

  /** Never throws for what the SDK can fail with: `{ ok: true, data }` or `{ ok: false, error }`. */
  async safe(): Promise<Safe<T>> {
    try {
      return { ok: true, data: (await this.#answer).data };
    } catch (error) {
      if (error instanceof CloudTaskError) return { ok: false, error };
      throw error;
    }
  }
}
