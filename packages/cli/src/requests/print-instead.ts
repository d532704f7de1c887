import { CloudTaskError, type Transport, type TransportRequest } from '@cloudtask/sdk';
import { type CliError, usageError } from '../errors/cli-error.ts';
import type { Given, OwnRequests } from './own-requests.ts';

/** Refuses what cannot be printed as it was called: a part of what it does would be half of the truth. */
export function refuseUnprintable(command: string, { unless }: OwnRequests, given: Given): void {
  const why = unless(given);
  if (why !== undefined) throw notPrinted(command, given.form, why);
}

/** What was called sends none of the requests that it prints. */
export function notPrinted(command: string, form: Given['form'], why: string): CliError {
  return usageError(`${command} cannot be printed as ${form === 'ts' ? 'TypeScript' : 'curl'}, called so`, {
    why,
    tryThis: `cloudtask ${command} … --debug   (shows what is sent)`,
  });
}

interface PrintOptions {
  own: OwnRequests['own'];
  /** The words of the command line. */
  argv: readonly string[];
  onPrint: (request: TransportRequest) => void;
}

const PRINTED = 'PRINTED';

/** Whether this came in place of an answer because the request was printed. */
export function isPrinted(error: unknown): boolean {
  return error instanceof CloudTaskError && error.code === PRINTED;
}

/** A transport that keeps a command's own requests back for printing and sends only what it has to know before. */
export function printInstead(network: Transport, { own, argv, onPrint }: PrintOptions): Transport {
  return {
    async send(request) {
      if (!isOwn(own, request)) return network.send(request);
      onPrint(withoutMadeUpKey(request, argv));
      throw new CloudTaskError('the request was printed', { code: PRINTED });
    },
    close: () => network.close(),
  };
}

/** The key that protects one call through its retries would make every later run of what is printed a repetition. */
function withoutMadeUpKey(request: TransportRequest, argv: readonly string[]): TransportRequest {
  const { 'idempotency-key': key, ...headers } = request.headers;
  const isGiven = key !== undefined && argv.some((word) => word.includes(key));
  return isGiven ? request : { ...request, headers };
}

function isOwn(own: OwnRequests['own'], { method, url }: TransportRequest): boolean {
  const { pathname, searchParams } = new URL(url);
  // The session that the command may have to renew first.
  if (pathname.endsWith('/auth/refresh') || pathname.endsWith('/auth/login')) return false;
  if (own === 'all' || own === null) return own !== null;
  if (own === 'changes') return method !== 'GET';
  // The end of an id is looked up in the list of jobs.
  return own.test(pathname) && !searchParams.has('ref');
}
