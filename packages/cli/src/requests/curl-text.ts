import type { TransportRequest } from '@cloudtask/sdk';
import { shellWord } from '../views/shell-word.ts';

/** A request as curl for a POSIX shell. The token is the variable that the command reads too, never its value. */
export function curlText({ method, url, headers, body }: TransportRequest): string {
  return [
    `curl -sS --fail-with-body${method === 'GET' ? '' : ` -X ${method}`} ${shellWord(url)}`,
    '-H "authorization: Bearer $CLOUDTASK_TOKEN"',
    ...ownHeaders(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-raw ${shellWord(body)}`]),
  ].join(' \\\n  ');
}

// Made anew for each request, or of no use to curl.
const OF_THE_CLIENT = [
  'accept',
  'authorization',
  'baggage',
  'cloudtask-version',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-request-id',
];

/** The headers that somebody asked for, and those that a body needs. */
export function ownHeaders(headers: Record<string, string>): [string, string][] {
  return Object.entries(headers).filter(([name, value]) =>
    name === 'accept' ? value !== 'application/json' : !OF_THE_CLIENT.includes(name),
  );
}
