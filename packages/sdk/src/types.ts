import type { APIPromise } from './api-promise.ts';
import { type Caller, pathOf } from './calls.ts';
import type { TypeInfo } from './contract.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

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
    return this.#calls.get('types.get', pathOf('types', type), options);
  }
}
