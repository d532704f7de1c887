import { APIPromise } from './api-promise.ts';
import type { Caller } from './calls.ts';
import type { TypeInfo } from './contract.ts';
import { NotFoundError } from './errors.ts';
import type { PagePromise } from './pages.ts';
import type { Answer, RequestOptions } from './request.ts';

/** The catalogue: the types that workers registered, with JSON Schemas and defaults. */
export class Types {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** All types, by name; also those that workers run without having registered them. */
  list(options: RequestOptions = {}): PagePromise<TypeInfo> {
    return this.#calls.list('types.list', '/types', options);
  }

  /** One type; throws `NotFoundError` (`TYPE_NOT_FOUND`) when no worker ever registered or runs it. */
  get(type: string, options: RequestOptions = {}): APIPromise<TypeInfo> {
    return new APIPromise(this.#find(type, options));
  }

  async #find(type: string, options: RequestOptions): Promise<Answer<TypeInfo>> {
    const { data, response } = await this.#calls.get<TypeInfo[]>('types.get', '/types', options).withResponse();
    const found = data.find((each) => each.type === type);
    if (found) return { data: found, response };
    const { headers, requestId } = response;
    const details = { code: 'TYPE_NOT_FOUND', status: 404, headers, body: null, requestId };
    throw new NotFoundError(
      `no worker has registered the type ${JSON.stringify(type)}: look at its spelling, or start the worker that runs it`,
      details,
    );
  }
}
