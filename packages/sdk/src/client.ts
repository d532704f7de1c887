import { findSettings, WHICH_SERVER } from '#surroundings';
import { createTransport } from '#transport';
import { anySignal } from './any-signal.ts';
import type { APIPromise } from './api-promise.ts';
import { ApiTokens } from './api-tokens.ts';
import { Auth, postSession } from './auth.ts';
import { type Caller, callsOf } from './calls.ts';
import type { Duration, Health, Stats } from './contract.ts';
import { parseDuration } from './duration.ts';
import { CloudTaskError } from './errors.ts';
import { Failures } from './failures.ts';
import type { JobMap } from './job-types.ts';
import { Jobs } from './jobs.ts';
import { Queues } from './queues.ts';
import type { Registered } from './register.ts';
import { type Call, createRequester, type Hooks, type Requester, type RequestOptions } from './request.ts';
import { Schedules } from './schedules.ts';
import { limitMs } from './time-limit.ts';
import { type Auth as AuthOption, TokenSource, toProvider } from './tokens.ts';
import type { Transport } from './transports/transport.ts';
import { Types } from './types.ts';
import type { Verification } from './verification-contract.ts';
import { Workers } from './workers.ts';

/** What a client is made with. */
export interface ClientOptions {
  /** Default: `CLOUDTASK_URL`, else the `.cloudtask/` of `cloudtask dev`, else the CLI's profile. */
  url?: string;
  /** A token, an account (`{ email, password }`) or a provider of tokens. Default: from where the url comes. */
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
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Look at the traffic, for logs. On Node there is `node:diagnostics_channel` too: `cloudtask:request`, `cloudtask:response`. */
  hooks?: Hooks;
  /** Sends the requests, in place of undici on Node and of `fetch` elsewhere. */
  transport?: Transport;
}

/**
 * A client for one server and one account. Cheap to keep, made to be shared; it holds its connections open until `close()`.
 * `H` are the types that it knows by name: `new CloudTask<typeof handlers>()`, from definitions or handlers; without it,
 * those of `Register`.
 *
 * Calls are repeated after network errors, 408, 429 and 5xx, where that does no harm: at most `maxRetries` times, after
 * 0.5 s … 8 s or what `Retry-After` asks for. All errors are `CloudTaskError`s.
 *
 * @example
 * const ct = new CloudTask({ url: 'https://jobs.example.com', auth: 'ctt_…' });
 * const result = await ct.jobs.run('report', { month: '2026-10' });
 *
 * @throws CloudTaskError `NO_SERVER` when no url is given or found.
 */
export class CloudTask<H = Registered> implements AsyncDisposable {
  /** The server, without a slash at the end. */
  readonly url: string;
  /** Submits, watches and ends jobs. */
  readonly jobs: Jobs<JobMap<H>>;
  /** Makes jobs at the times of a calendar. */
  readonly schedules: Schedules<JobMap<H>>;
  /** What failed, by cause. */
  readonly failures: Failures;
  /** The types that workers have registered. */
  readonly types: Types;
  /** Pauses and resumes queues, for operators. */
  readonly queues: Queues;
  /** The worker processes, for operators. */
  readonly workers: Workers;
  /** Makes the account, signs in and out. */
  readonly auth: Auth;
  /** API tokens of the account, each with its scopes. */
  readonly tokens: ApiTokens;
  readonly #options: ClientOptions;
  readonly #requester: Requester;
  readonly #calls: Caller;
  readonly #shared: Shared;
  readonly #ownsTransport: boolean;
  readonly #closing = new AbortController();

  /** @param shared - Of the client that this one was made from; only `withOptions` passes it. */
  constructor(options: ClientOptions = {}, shared?: Shared) {
    const { url, auth } = shared?.tokens ? { url: shared.url } : settle(options);
    this.url = url.replace(/\/+$/, '');
    this.#options = options;
    this.#ownsTransport = shared === undefined;
    const transport = shared?.transport ?? options.transport ?? createTransport();
    const closed = anySignal(shared?.closed, this.#closing.signal);
    const tokens =
      shared?.tokens ??
      new TokenSource(auth === undefined ? null : toProvider(auth), {
        signal: closed,
        login: async (credentials) =>
          (await postSession(this.#requester, 'login', credentials, { idempotent: true })).data,
        refresh: async (refreshToken) =>
          (await postSession(this.#requester, 'refresh', { refreshToken }, { idempotent: false })).data,
      });
    this.#shared = { url: this.url, transport, tokens, closed };
    this.#requester = createRequester({
      ...this.#shared,
      tokens,
      timeoutMs: parseDuration(options.timeout ?? '30s'),
      deadlineMs: limitMs(options.deadline),
      maxRetries: options.maxRetries ?? 2,
      maxRetryAfterMs: parseDuration(options.maxRetryAfter ?? '60s'),
      headers: options.headers ?? {},
      hooks: options.hooks ?? {},
    });
    this.jobs = new Jobs({
      requester: this.#requester,
      closed,
      idleMs: parseDuration(options.streamIdleTimeout ?? '60s'),
      maxOutageMs: parseDuration(options.maxOutage ?? '2m'),
      onWarning: options.hooks?.onWarning,
    });
    this.#calls = callsOf(this.#requester);
    this.schedules = new Schedules(this.#calls);
    this.failures = new Failures(this.#calls);
    this.types = new Types(this.#calls);
    this.queues = new Queues(this.#calls);
    this.workers = new Workers(this.#calls);
    this.tokens = new ApiTokens(this.#calls);
    this.auth = new Auth(this.#requester, tokens);
  }

  /** The platform in a few numbers, for operators. Cheap enough to be asked every second. */
  stats(options: RequestOptions = {}): APIPromise<Stats> {
    return this.#calls.get('stats', '/stats', options);
  }

  /**
   * Whether nothing was lost: asks the server to compare all stored jobs, of all accounts, with what it promises of each.
   * For operators. It reads whole tables, so once in a while is enough; `VERIFICATION_TOO_LARGE` when there are too many.
   */
  verify(options: RequestOptions = {}): APIPromise<Verification> {
    // Not again by itself: the answer to a platform that is too large costs 20 s of its database each time.
    return this.#calls.get('verify', '/verify', { timeout: '60s', maxRetries: 0, ...options });
  }

  /** Whether the server can do its work; one that is `DOWN` is an answer, not an error. Needs no account. */
  health(options: RequestOptions = {}): APIPromise<Health> {
    return this.#calls.get('health', '/actuator/health', { ...options, anonymous: true, accepts: [503] });
  }

  /**
   * Any route of the server, with the client's token, retries and errors. What is no JSON is read with `.asResponse()`.
   *
   * @example
   * const openapi = await ct.request('GET', '/openapi.json');
   */
  request<T = unknown>(
    method: Call['method'],
    path: string,
    options: RequestOptions & { query?: Record<string, unknown>; body?: unknown } = {},
  ): APIPromise<T> {
    return this.#calls.send(method, `${method} ${path}`, path, options);
  }

  /**
   * A client with other options, on the same connections and with the same session; `close()` of it ends its own calls
   * only, `close()` of this one ends both. With another `url`, `auth` or `profile` the session is not shared: a token goes
   * to no other server than the one it is for. `headers` are added to those of this client.
   *
   * @example
   * const patient = ct.withOptions({ timeout: '5m', maxRetries: 10 });
   */
  withOptions(options: Omit<ClientOptions, 'transport'>): CloudTask<H> {
    const { url: _url, auth: _auth, profile: _profile, transport: _transport, ...kept } = this.#options;
    const merged = { ...kept, ...options, headers: { ...kept.headers, ...options.headers } };
    const { url, transport, closed } = this.#shared;
    const isHere = (options.url ?? options.profile) === undefined;
    if (isHere && options.auth === undefined) return new CloudTask<H>(merged, this.#shared);
    return new CloudTask<H>(isHere ? { ...merged, url } : merged, { url, transport, closed });
  }

  /** Ends what is under way, with `CLIENT_CLOSED`, and closes the connections. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new CloudTaskError('the client is closed', { code: 'CLIENT_CLOSED' }));
    if (this.#ownsTransport) await this.#shared.transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Shared {
  url: string;
  transport: Transport;
  /** Only where the session is shared too. */
  tokens?: TokenSource;
  closed: AbortSignal;
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
    throw new CloudTaskError(WHICH_SERVER, { code: 'NO_SERVER' });
  }
  const auth = options.auth ?? found.auth;
  return auth === undefined ? { url } : { url, auth };
}
