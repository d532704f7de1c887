import { findSettings } from '#surroundings';
import { createTransport } from '#transport';
import { APIPromise } from './api-promise.ts';
import { Auth, postSession } from './auth.ts';
import type { Duration } from './contract.ts';
import { parseDuration } from './duration.ts';
import { CloudTaskError } from './errors.ts';
import type { JobMap } from './job-types.ts';
import { Jobs } from './jobs.ts';
import { type Call, createRequester, type Hooks, type Requester, type RequestOptions } from './request.ts';
import { type Auth as AuthOption, TokenSource, toProvider } from './tokens.ts';
import type { Transport } from './transports/transport.ts';

export interface ClientOptions {
  /** Default: `CLOUDTASK_URL`, else the `.cloudtask/` of `cloudtask dev`, else the CLI's profile. */
  url?: string;
  /** A token, an account or a provider. Default: from where the url comes. */
  auth?: AuthOption;
  /** A profile of the CLI. */
  profile?: string;
  /** For one attempt of a call. Default 30 s. */
  timeout?: Duration;
  /** For a call with all its retries. Default none. */
  deadline?: Duration;
  /** Default 2. */
  maxRetries?: number;
  /** The longest `Retry-After` that is obeyed; a longer one ends the call with its error. Default 60 s. */
  maxRetryAfter?: Duration;
  /** A live stream that is silent for longer is taken for dead and opened again. Default 60 s. */
  streamIdleTimeout?: Duration;
  /** How long `watch` and `wait` put up with a server that cannot be reached. Default 2 min. */
  maxOutage?: Duration;
  headers?: Record<string, string>;
  hooks?: Hooks;
  /** For runtimes of your own. */
  transport?: Transport;
}

/**
 * A client for one server and one account. Cheap to keep, made to be shared; it holds its connections open until `close()`.
 *
 * @example
 * const ct = new CloudTask({ url: 'https://jobs.example.com', auth: process.env.CLOUDTASK_TOKEN });
 * const result = await ct.jobs.run('report', { month: '2026-10' });
 */
export class CloudTask<H = object> implements AsyncDisposable {
  /** The server, without a slash at the end. */
  readonly url: string;
  readonly jobs: Jobs<JobMap<H>>;
  readonly auth: Auth;
  readonly #requester: Requester;
  readonly #transport: Transport;
  readonly #closing = new AbortController();

  constructor(options: ClientOptions = {}) {
    const { url, auth } = settle(options);
    this.url = url.replace(/\/+$/, '');
    this.#transport = options.transport ?? createTransport();
    const closed = this.#closing.signal;
    const tokens = new TokenSource(auth === undefined ? null : toProvider(auth), {
      signal: closed,
      login: async (credentials) =>
        (await postSession(this.#requester, 'login', credentials, { idempotent: true })).data,
      refresh: async (refreshToken) =>
        (await postSession(this.#requester, 'refresh', { refreshToken }, { idempotent: false })).data,
    });
    this.#requester = createRequester({
      url: this.url,
      transport: this.#transport,
      tokens,
      closed,
      timeoutMs: parseDuration(options.timeout ?? '30s'),
      deadlineMs: options.deadline === undefined ? Number.POSITIVE_INFINITY : parseDuration(options.deadline),
      maxRetries: options.maxRetries ?? 2,
      maxRetryAfterMs: parseDuration(options.maxRetryAfter ?? '60s'),
      headers: options.headers ?? {},
      hooks: options.hooks ?? {},
    });
    this.auth = new Auth(this.#requester, tokens);
    this.jobs = new Jobs({
      requester: this.#requester,
      closed,
      idleMs: parseDuration(options.streamIdleTimeout ?? '60s'),
      maxOutageMs: parseDuration(options.maxOutage ?? '2m'),
    });
  }

  /** Any route of the server, with the client's token, retries and errors. */
  request<T = unknown>(
    method: Call['method'],
    path: string,
    options: RequestOptions & { query?: Record<string, unknown>; body?: unknown } = {},
  ): APIPromise<T> {
    return new APIPromise(this.#requester.json<T>({ ...options, operation: `${method} ${path}`, method, path }));
  }

  /** Ends what is under way, with `CLIENT_CLOSED`, and closes the connections. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new CloudTaskError('the client is closed', { code: 'CLIENT_CLOSED' }));
    await this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Settled {
  url?: string;
  auth?: AuthOption;
}

function settle(options: ClientOptions): Settled & { url: string } {
  const given = options.url !== undefined && options.auth !== undefined;
  const found: Settled = given ? {} : findSettings(options);
  const url = options.url ?? found.url;
  if (url === undefined) {
    throw new CloudTaskError(
      'which server? Pass `url`, set CLOUDTASK_URL, sign in with `cloudtask login`, or run `cloudtask dev` in this project',
      { code: 'NO_SERVER' },
    );
  }
  const auth = options.auth ?? found.auth;
  return auth === undefined ? { url } : { url, auth };
}
