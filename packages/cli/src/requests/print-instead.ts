import { CloudTaskError, type Transport, type TransportRequest } from '@cloudtask/sdk';
import { usageError } from '../errors/cli-error.ts';
import { curlText } from './curl-text.ts';
import { tsText } from './ts-text.ts';

/** What a command is printed as in place of its request. */
export type PrintForm = 'curl' | 'ts';

/** Commands whose work is one request that changes something; what they read before is sent. */
const WRITES = new Set([
  'cancel',
  'queues pause',
  'queues resume',
  'retry',
  'schedules create',
  'schedules delete',
  'schedules pause',
  'schedules resume',
  'schedules trigger',
  'schedules update',
  'submit',
  'tokens create',
  'tokens revoke',
  'workers drain',
]);

/** Commands whose work is one reading request, and what its path ends like. */
const READS: Record<string, RegExp> = {
  explain: /\/explain$/,
  'failures list': /\/failures$/,
  'jobs list': /\/jobs$/,
  'jobs show': /\/jobs\/[^/]+$/,
  logs: /\/logs$/,
  'queues list': /\/queues$/,
  'queues show': /\/queues(\/[^/]+)?$/,
  result: /\/jobs\/[^/]+$/,
  'schedules list': /\/schedules$/,
  'schedules preview': /\/preview$/,
  'schedules show': /\/schedules\/[^/]+$/,
  'tokens list': /\/tokens$/,
  'types list': /\/types$/,
  'types show': /\/types$/,
  whoami: /\/me$/,
  'workers list': /\/workers$/,
  'workers show': /\/workers\/\d+$/,
};

/** Flags that make more requests of one, or none. */
const NOT_ONE = ['all', 'paginate', 'follow', 'wait', 'batch', 'dry-run'];

export interface Printed {
  command: string;
  flags: object;
  words: readonly string[];
}

/** Refuses what one request cannot say: printing the first of several would be half of the truth. */
export function refuseUnlessOne(form: PrintForm, { command, flags, words }: Printed): void {
  const isKnown = WRITES.has(command) || command in READS || command === 'api' || (command === 'run' && form === 'ts');
  if (!isKnown) throw notOne(form, command, `cloudtask ${command} --debug`);
  const given = Object.entries(flags).find(([name, value]) => NOT_ONE.includes(name) && isChosen(command, name, value));
  if (given) throw notOne(form, `${command} --${given[0]}`, `cloudtask ${command} --${form}   (without --${given[0]})`);
  const refs = words.filter((word) => !word.includes('='));
  if (['cancel', 'retry'].includes(command) && (refs.length !== 1 || refs[0] === '-'))
    throw usageError(`--${form} is for one job that is named`, {
      why: 'Several jobs are several requests; those of a filter are counted first.',
      tryThis: `cloudtask ${command} @last --${form}`,
    });
}

// `cancel` and `retry` wait for what a filter started, by default: of one job they do not.
function isChosen(command: string, name: string, value: unknown): boolean {
  if (name === 'wait' && ['cancel', 'retry'].includes(command)) return false;
  return value !== undefined && value !== false;
}

function notOne(form: PrintForm, what: string, tryThis: string) {
  return usageError(`${what} cannot be printed as ${form === 'ts' ? 'TypeScript' : 'curl'}`, {
    why: 'It is no request to the server, or more than one; --debug shows what is sent.',
    tryThis,
  });
}

interface PrintOptions {
  command: string;
  /** The words of the command line. */
  argv: readonly string[];
  form: PrintForm;
  onPrint: (text: string) => void;
}

/** A transport that prints a command's own request and sends only what the command has to know before. */
export function printInstead(network: Transport, { command, argv, form, onPrint }: PrintOptions): Transport {
  return {
    async send(request) {
      if (!isOwn(command, request)) return network.send(request);
      const asked = withoutMadeUpKey(request, argv);
      onPrint(form === 'curl' ? curlText(asked) : tsText(command, asked));
      throw new CloudTaskError('the request was printed', { code: 'PRINTED' });
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

function isOwn(command: string, { method, url }: TransportRequest): boolean {
  const { pathname, searchParams } = new URL(url);
  // The session that the command may have to renew first.
  if (pathname.endsWith('/auth/refresh') || pathname.endsWith('/auth/login')) return false;
  if (command === 'api') return true;
  const read = READS[command];
  if (read === undefined) return method !== 'GET';
  return method === 'GET' ? read.test(pathname) && !searchParams.has('ref') : pathname.endsWith('/preview');
}
