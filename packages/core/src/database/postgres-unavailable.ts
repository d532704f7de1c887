import { DatabaseUnavailable } from './database.ts';

/** A driver's error as the port promises it: `DatabaseUnavailable` when the connection is gone, else as it was. */
export function asPortError(error: unknown, server: string): unknown {
  if (error instanceof DatabaseUnavailable || !isConnectionGone(error)) return error;
  return new DatabaseUnavailable(`PostgreSQL at ${server} is not available: ${reason(error)}`, { cause: error });
}

/** Which server an error is about, without the password. */
export function describeServer(url: string): string {
  try {
    const { host, pathname, searchParams } = new URL(url);
    return `${host || searchParams.get('host') || 'localhost'}${pathname}`;
  } catch {
    return 'the configured address';
  }
}

function isConnectionGone(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_ERRORS.has(code) || GONE.test(code) || DRIVER_MESSAGES.test(error.message);
}

const SYSTEM_ERRORS = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOENT', 'ERR_STREAM_DESTROYED'],
]);

// 08 connection exception, but for 08P01, which a wrong number of parameters gives too · 53300 too many connections · 57P01-03 shut down, crashed, starting up · 57P05, 25P03 the
// server ended an idle session.
const GONE = /^(08[0-9]{3}|53300|57P0[1235]|25P03)$/;

// pg gives these no code.
const DRIVER_MESSAGES = new RegExp(
  [
    '^Connection terminated',
    '^timeout exceeded when trying to connect',
    '^timeout expired',
    '^Query read timeout',
    'is not queryable$',
    '^Cannot use a pool after calling end',
  ].join('|'),
);

function reason(error: Error): string {
  if ('code' in error && error.code === 'ECONNREFUSED') return 'nothing listens there – is the server started?';
  if (error.message.startsWith('Cannot use a pool')) return 'this connection pool was closed';
  // A name with several addresses gives an AggregateError, whose message is empty.
  return error.message || ('code' in error ? String(error.code) : error.name);
}
