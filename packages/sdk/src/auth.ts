import { APIPromise } from './api-promise.ts';
import { callsOf } from './calls.ts';
import type { Session, User } from './contract.ts';
import type { Answer, Requester, RequestOptions } from './request.ts';
import { type Credentials, sessionAuth, type TokenSource } from './tokens.ts';

/** The account: making one, signing in and out. */
export class Auth {
  readonly #requester: Requester;
  readonly #tokens: TokenSource;

  constructor(requester: Requester, tokens: TokenSource) {
    this.#requester = requester;
    this.#tokens = tokens;
  }

  /** Creates an account and signs this client in: its later calls use the session and keep it alive. */
  register(credentials: Credentials, options: RequestOptions = {}): APIPromise<Session> {
    // Not repeated after it may have arrived: the second one would say that the address is taken.
    return this.#signIn(postSession(this.#requester, 'register', credentials, { ...options, idempotent: false }));
  }

  /** Signs this client in: its later calls use the session and keep it alive. */
  login(credentials: Credentials, options: RequestOptions = {}): APIPromise<Session> {
    return this.#signIn(postSession(this.#requester, 'login', credentials, { ...options, idempotent: true }));
  }

  /** Changes a refresh token for a new session. A refresh token is good for one use. */
  refresh(refreshToken: string, options: RequestOptions = {}): APIPromise<Session> {
    return this.#signIn(postSession(this.#requester, 'refresh', { refreshToken }, { ...options, idempotent: false }));
  }

  /** Ends the session on the server, and forgets it here. */
  logout(options: RequestOptions = {}): APIPromise<void> {
    const call = {
      ...options,
      operation: 'auth.logout',
      method: 'POST',
      path: '/auth/logout',
      idempotent: true,
    } as const;
    return new APIPromise(
      this.#requester.json<void>(call).then((answer) => {
        this.#tokens.use(null);
        return answer;
      }),
    );
  }

  /** Who is signed in. */
  me(options: RequestOptions = {}): APIPromise<User> {
    return callsOf(this.#requester).get('auth.me', '/auth/me', options);
  }

  #signIn(answer: Promise<Answer<Session>>): APIPromise<Session> {
    return new APIPromise(
      answer.then((each) => {
        this.#tokens.use(sessionAuth(each.data));
        return each;
      }),
    );
  }
}

export function postSession(
  requester: Requester,
  what: 'register' | 'login' | 'refresh',
  body: object,
  options: RequestOptions & { idempotent: boolean },
): Promise<Answer<Session>> {
  return requester.json<Session>({
    ...options,
    operation: `auth.${what}`,
    method: 'POST',
    path: `/auth/${what}`,
    body,
    anonymous: true,
  });
}
