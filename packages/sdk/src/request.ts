import { causes } from '#connection-causes';
import { diagnostics } from '#diagnostics';
import { anySignal } from './any-signal.ts';
import type { Duration, Warning } from './contract.ts';
import { parseDuration } from './duration.ts';
import { APIError, AuthenticationError, CloudTaskError, ConnectionError, TimeoutError } from './errors.ts';
import { toAPIError } from './problem.ts';
import { randomId } from './random-id.ts';
import { causeCode, isStaleConnection, retryDelay } from './retry.ts';
import { sleep } from './sleep.ts';
import { startTimeLimit } from './time-limit.ts';
import type { TokenSource } from './tokens.ts';
import { activeTrace } from './trace-context.ts';
import { type Transport, type TransportResponse, toResponse } from './transports/transport.ts';
import { API_VERSION, SDK_VERSION } from './version.ts';

/** What every call takes. */
export interface RequestOptions {
  signal?: AbortSignal;
  /** For one attempt. Default 30 s. */
  timeout?: Duration;
  /** For the call with all its retries and pauses. Default none. */
  deadline?: Duration;
  /** Default 2. */
  maxRetries?: number;
  /** Beside the client's own, and in place of those with the same name. `traceparent` makes the call part of a trace. */
  headers?: Record<string, string>;
  /** Default: a new one for each call, the same through its retries. */
  idempotencyKey?: string;
}

/** What came with the data of an answer. */
export interface ResponseMeta {
  status: number;
  headers: Headers;
  /** Names the request in the server's logs. */
  requestId: string | null;
  /** How often the call was repeated before this answer. */
  retries: number;
}

/** The `data` of an answer, and what came with it (`response`). */
export interface Answer<T> {
  data: T;
  response: ResponseMeta;
}

/** What diagnostics tell of one attempt: the same object at its start and, filled in, at its end. */
export interface RequestTrace {
  /** How the call is named: `jobs.create`. */
  operation: string;
  method: string;
  url: string;
  /** 0 for the first. */
  attempt: number;
  /** As sent. */
  requestId: string;
  /** Undefined while there is no answer. */
  status?: number;
  /** Undefined while it runs. */
  durationMs?: number;
  /** What the attempt ended with, when that was no success. */
  error?: unknown;
}

/** Looks at the traffic, for logs and traces. What a hook throws ends the call. */
export interface Hooks {
  /** Before each attempt of a call. */
  onRequest?(request: { operation: string; method: string; url: string; attempt: number }): void;
  /** At the headers of each answer, whatever its status. */
  onResponse?(response: { operation: string; method: string; url: string; durationMs: number } & ResponseMeta): void;
  /** Before the pause after which a call is repeated; `cause` is what went wrong. */
  onRetry?(retry: { operation: string; attempt: number; delayMs: number; cause: unknown }): void;
  /**
   * A job that is waited for cannot be run by any worker: told once, after 2 s, on Node. Without this hook it is a warning of the
   * process (`CloudTaskWarning`, on stderr).
   */
  onWarning?(warning: Warning & { jobId: string }): void;
}

export interface Call extends RequestOptions {
  /** How the call is named in hooks: `jobs.create`. */
  operation: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  /** Gets an idempotency key where the caller gave none. */
  isKeyed?: boolean;
  /** Sending it twice does no harm. Default: for GET, and with an idempotency key. */
  idempotent?: boolean;
  /** Without a token: login, register, refresh. */
  anonymous?: boolean;
  /** Statuses that are answers here and errors elsewhere. */
  accepts?: readonly number[];
  wish?: BodyWish;
}

/** Whether the caller wants the answer as it came; looked at when its headers are there. */
export interface BodyWish {
  isRaw?: boolean;
  response?: Response;
}

export interface Requester {
  /** Sends, repeats where that helps, and reads the JSON of the answer. */
  json<T>(call: Call): Promise<Answer<T>>;
  /** The same, up to the headers of the answer; the body is left to read. The caller's signal must end it. */
  open(call: Call & { signal: AbortSignal }): Promise<TransportResponse>;
}

export interface RequesterSettings {
  url: string;
  transport: Transport;
  tokens: TokenSource;
  /** Aborts when the client is closed; its reason is what the calls then throw. */
  closed: AbortSignal;
  timeoutMs: number;
  deadlineMs: number;
  maxRetries: number;
  maxRetryAfterMs: number;
  headers: Record<string, string>;
  hooks: Hooks;
}

export function createRequester(settings: RequesterSettings): Requester {
  return {
    json: (call) => repeat(settings, call, readJson) as Promise<Answer<never>>,
    open: async (call) => (await repeat(settings, call, async (response) => response)).data,
  };
}

async function repeat<T>(settings: RequesterSettings, asked: Call, read: Read<T>): Promise<Answer<T>> {
  const call = asked.isKeyed ? { ...asked, idempotencyKey: asked.idempotencyKey ?? randomId() } : asked;
  const deadline = startTimeLimit(call.deadline === undefined ? settings.deadlineMs : parseDuration(call.deadline));
  const progress: Progress = { attempt: 0, retries: 0, staleForgiven: false, renewed: false };
  const requestId = randomId();
  try {
    let token = call.anonymous ? null : await settings.tokens.get();
    for (;;) {
      try {
        const { retries } = progress;
        const name = retries === 0 ? requestId : `${requestId}.${retries}`;
        return await attemptOnce(settings, call, { token, deadline: deadline.signal, retries, requestId: name }, read);
      } catch (error) {
        const renewed = await renewToken(settings, token, error, progress);
        if (renewed) token = renewed;
        else await pauseBeforeRetry(settings, call, error, progress, deadline.signal);
        progress.retries++;
      }
    }
  } finally {
    deadline.clear();
  }
}

interface Progress {
  attempt: number;
  retries: number;
  staleForgiven: boolean;
  renewed: boolean;
}

/** After a 401: a new token, at most once per call. */
async function renewToken(settings: RequesterSettings, token: string | null, error: unknown, progress: Progress) {
  if (!(error instanceof AuthenticationError) || token === null) return null;
  if (progress.renewed) {
    settings.tokens.giveUp(token);
    return null;
  }
  progress.renewed = true;
  return settings.tokens.renew(token);
}

async function pauseBeforeRetry(
  settings: RequesterSettings,
  call: Call,
  error: unknown,
  progress: Progress,
  deadline: AbortSignal,
): Promise<void> {
  const idempotent = call.idempotent ?? (call.method === 'GET' || call.idempotencyKey !== undefined);
  if (idempotent && isStaleConnection(error) && !progress.staleForgiven) {
    progress.staleForgiven = true;
    return;
  }
  if (progress.attempt >= (call.maxRetries ?? settings.maxRetries)) throw error;
  const { maxRetryAfterMs } = settings;
  const delayMs = retryDelay({ error, idempotent, attempt: progress.attempt, maxRetryAfterMs });
  if (delayMs === null) throw error;
  progress.attempt++;
  settings.hooks.onRetry?.({ operation: call.operation, attempt: progress.attempt, delayMs, cause: error });
  try {
    await sleep(delayMs, anySignal(settings.closed, deadline, call.signal));
  } catch {
    // What went wrong says more than "no time left to try again".
    throw stopReason(settings, call) ?? error;
  }
}

interface Attempt {
  token: string | null;
  deadline: AbortSignal;
  retries: number;
  requestId: string;
}

type Read<T> = (response: TransportResponse, call: Call) => Promise<T>;

async function attemptOnce<T>(
  settings: RequesterSettings,
  call: Call,
  { token, deadline, retries, requestId }: Attempt,
  read: Read<T>,
): Promise<Answer<T>> {
  const { hooks, transport, closed } = settings;
  const url = urlOf(settings.url, call);
  const timeoutMs = call.timeout === undefined ? settings.timeoutMs : parseDuration(call.timeout);
  const limit = startTimeLimit(timeoutMs);
  const signal = anySignal(closed, deadline, limit.signal, call.signal);
  const about = { operation: call.operation, method: call.method, url };
  const startedAt = performance.now();
  const trace: RequestTrace = { ...about, attempt: retries, requestId };
  try {
    diagnostics.request(trace);
    hooks.onRequest?.({ ...about, attempt: retries });
    const response = await transport.send({
      method: call.method,
      url,
      headers: headersOf(settings, call, { token, requestId }),
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal,
    });
    const meta = metaOf(response, retries);
    trace.status = meta.status;
    hooks.onResponse?.({ ...about, ...meta, durationMs: performance.now() - startedAt });
    if (response.status >= 300 && !call.accepts?.includes(response.status))
      throw toAPIError(response.status, response.headers, await response.text());
    return { data: await read(response, call), response: meta };
  } catch (error) {
    const stopped = stopReason(settings, call);
    if (stopped !== undefined) trace.error = stopped;
    else if (deadline.aborted) trace.error = timedOut(settings.url, { phase: 'deadline', cause: error, requestId });
    else if (limit.signal.aborted) {
      trace.error = timedOut(settings.url, { phase: 'attempt', cause: error, requestId }, timeoutMs);
    } else trace.error = error instanceof CloudTaskError ? error : unreachable(settings.url, error, requestId);
    throw trace.error;
  } finally {
    limit.clear();
    trace.durationMs = performance.now() - startedAt;
    diagnostics.response(trace);
  }
}

/** Why the caller or the client ended the call; undefined when neither did. */
function stopReason({ closed }: RequesterSettings, { signal }: Call): unknown {
  if (closed.aborted) return closed.reason;
  return signal?.aborted ? signal.reason : undefined;
}

function timedOut(
  url: string,
  details: { phase: 'attempt' | 'deadline'; cause: unknown; requestId: string },
  ms?: number,
): TimeoutError {
  const within = ms === undefined ? 'before the deadline' : `within ${ms} ms`;
  return new TimeoutError(`no answer from ${url} ${within}`, { ...details, code: 'TIMEOUT', retryable: true });
}

/** The connection could not be made, or broke. */
export function unreachable(url: string, cause: unknown, requestId: string | null = null): ConnectionError {
  const why = causes.explained[causeCode(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
  return new ConnectionError(`cannot reach ${url}: ${why}`, {
    code: 'CONNECTION_FAILED',
    retryable: true,
    requestId,
    cause,
  });
}

async function readJson(response: TransportResponse, { wish }: Call): Promise<unknown> {
  if (wish?.isRaw) {
    wish.response = toResponse(response);
    return undefined;
  }
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { status, headers } = response;
    const details = { code: 'NOT_CLOUDTASK', status, headers, body: text, cause };
    throw new APIError('the answer is not JSON: is this the address of a CloudTask server?', details);
  }
}

function metaOf({ status, headers }: TransportResponse, retries: number): ResponseMeta {
  return { status, headers, requestId: headers.get('x-request-id'), retries };
}

function headersOf(
  settings: RequesterSettings,
  call: Call,
  { token, requestId }: { token: string | null; requestId: string },
): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': `cloudtask-sdk/${SDK_VERSION}`,
    'cloudtask-version': API_VERSION,
    'x-request-id': requestId,
    ...activeTrace(),
    ...(call.body !== undefined && { 'content-type': 'application/json' }),
    ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...lowerCased(settings.headers),
    ...lowerCased(call.headers),
  };
}

/** `Authorization` takes the place of `authorization`, and does not go beside it. */
function lowerCased(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function urlOf(base: string, { path, query }: Call): string {
  const url = new URL(base.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null) continue;
    // Not joined by commas: a condition on a payload may have some.
    for (const each of [value].flat())
      url.searchParams.append(name, each instanceof Date ? each.toISOString() : String(each));
  }
  return url.href;
}
