import type { APIPromise } from './api-promise.ts';
import { type Caller, pathOf } from './calls.ts';
import type { ApiToken, CreateApiToken, NewApiToken } from './contract.ts';
import type { RequestOptions } from './request.ts';

/** The API tokens of the account, for programs. Only whoever is signed in with the password may manage them. */
export class ApiTokens {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** What there is; never the tokens themselves. */
  list(options: RequestOptions = {}): APIPromise<ApiToken[]> {
    return this.#calls.get('tokens.list', '/auth/tokens', options);
  }

  /**
   * Makes a token. Its answer is the only time that the token itself is shown.
   *
   * @example
   * const { token } = await ct.tokens.create({ name: 'ci', scopes: ['jobs:write'], expiresIn: '90d' });
   */
  create(token: CreateApiToken, options: RequestOptions = {}): APIPromise<NewApiToken> {
    return this.#calls.post('tokens.create', '/auth/tokens', { ...options, body: token });
  }

  /** Deletes a token: it is refused from then on, by every replica within 5 s. Throws `NotFoundError` for one that there is not. */
  revoke(id: string, options: RequestOptions = {}): APIPromise<void> {
    return this.#calls.send('DELETE', 'tokens.revoke', pathOf('auth/tokens', id), options);
  }
}
