import { isIP } from 'node:net';
import { defineHandler, type Handler } from '@cloudtask/sdk/define-handler';
import { FatalError, RetryLater } from '@cloudtask/sdk/handler-errors';
import { Type } from 'typebox';
import { Agent, type Dispatcher, request } from 'undici';
import { payloadSchema } from '../compile-json-schema.ts';
import { AddressRefused, isPublicAddress, publicLookup } from './public-addresses.ts';

export interface HttpOptions {
  ports?: readonly number[];
  /** What may be connected to. Tests have no public address. */
  isAllowed?: (address: string) => boolean;
  lookup?: Parameters<typeof publicLookup>[0];
}

const MAX_BODY_BYTES = 64 * 1024;
const MAX_RESPONSE_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;

const headers = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$' }),
  Type.String({ maxLength: 4_096, pattern: '^[^\\r\\n\\u0000]*$' }),
);

/**
 * Calls a URL that a user chose, so only what anybody on the internet could call: public addresses, the usual ports, no
 * redirects, no credentials or proxy of this machine. Off unless a setting turns it on.
 */
export function httpHandler({ ports = [80, 443], isAllowed = isPublicAddress, lookup }: HttpOptions = {}): Handler {
  const dispatcher = new Agent({
    connect: { lookup: publicLookup(lookup, isAllowed), timeout: 10_000 },
    maxResponseSize: MAX_RESPONSE_BYTES,
    maxHeaderSize: 16 * 1024,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    pipelining: 0,
  });
  return defineHandler({
    type: 'http',
    description: 'Calls a URL.',
    payload: payloadSchema(
      Type.Object(
        {
          url: Type.String({ maxLength: 2_048 }),
          method: Type.Optional(Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])),
          headers: Type.Optional(headers),
          body: Type.Optional(Type.String({ maxLength: MAX_BODY_BYTES })),
        },
        { additionalProperties: false },
      ),
    ),
    async run({ url, method = 'GET', headers = {}, body }, { signal }) {
      const target = checkUrl(url, ports, isAllowed);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const sent = withoutHopHeaders(headers);
      const call = {
        dispatcher,
        method: method as Dispatcher.HttpMethod,
        headers: sent,
        body: body ?? null,
        signal: limit,
      };
      const answer = await request(target, call).catch(refuseForGood);
      return resultOf(answer.statusCode, answer.headers, await answer.body.text());
    },
  });
}

function checkUrl(text: string, ports: readonly number[], isAllowed: (address: string) => boolean): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw refused('the URL must begin with http:// or https://');
  if (url.username || url.password) throw refused('the URL must not contain a user name or a password');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!ports.includes(port)) throw refused(`port ${port} is not allowed: ${ports.join(' and ')} are`);
  // Nobody looks up what is an address already. The parser has turned decimal, octal and hex forms into dotted ones.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isAllowed(host)) throw refused(`${host} is not on the public internet`);
  return url;
}

// They belong to the connection, or say which host is meant: the URL says that.
const HOP_HEADERS = new Set(
  'connection host content-length expect keep-alive te trailer transfer-encoding upgrade'.split(' '),
);

function withoutHopHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase()) && !/^proxy-/i.test(name)),
  );
}

function refuseForGood(error: unknown): never {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AddressRefused) throw refused(cause.message);
  }
  throw error;
}

function resultOf(status: number, headers: Record<string, string | string[] | undefined>, body: string) {
  if (status >= 200 && status < 300) return { status, body: body.slice(0, MAX_BODY_BYTES) };
  const message = `the server answered ${status}`;
  if (status === 429 || status === 503) throw new RetryLater(retryAfterMs(headers['retry-after']), message);
  if (status >= 500 || status === 408) throw new Error(message);
  throw new FatalError(status < 400 ? `${message}; redirects are not followed` : message, { code: `HTTP_${status}` });
}

function retryAfterMs(value: string | string[] | undefined): number {
  const seconds = Number(Array.isArray(value) ? value[0] : value);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : 30_000;
}

function refused(message: string): FatalError {
  return new FatalError(message, { code: 'URL_REFUSED' });
}
