import { hostname } from 'node:os';
import { pino } from 'pino';
import { prettyLine } from './pretty-log.ts';
import { redactFields, scrubLine } from './redact.ts';

/** Facts go into the fields, the message stays the same from line to line. Payloads, results and secrets are taken out. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same with these fields in every line. */
  child(fields: object): Logger;
  /** A text as it would stand in a line of this logger: without what looks like a secret and without those it was told. */
  scrub?(text: string): string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'auto' | 'pretty' | 'json';

export interface LoggerOptions {
  service: string;
  level: LogLevel;
  /** `auto`: for people on a terminal, JSON lines otherwise. */
  format: LogFormat;
  /** Standard error unless given: standard output belongs to what a program answers. */
  destination?: LogDestination;
  /** Values that may not appear in any line, wherever they come from. Those shorter than 8 characters are ignored. */
  secrets?: readonly string[];
}

export interface LogDestination {
  write(line: string): void;
  readonly isTTY?: boolean;
}

export function createLogger({ service, level, format, destination, secrets = [] }: LoggerOptions): Logger {
  const longSecrets = secrets.filter((secret) => secret.length >= 8);
  const escapedSecrets = longSecrets.map(asInJson);
  const asTextAndInJson = [...new Set([...longSecrets, ...escapedSecrets])];
  return wrap(
    pino(
      {
        level,
        base: { service, host: hostname(), pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }), log: redactFields },
        serializers: { err: (err: unknown) => err },
        hooks: { streamWrite: (line) => scrubLine(line, escapedSecrets) },
      },
      openDestination(format, destination),
    ),
    (text) => scrubLine(text, asTextAndInJson),
  );
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

function wrap(logger: pino.Logger, scrub: (text: string) => string): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    // pino's own formatters do not see the fields of a child.
    child: (fields) => wrap(logger.child(redactFields(fields)), scrub),
    scrub,
  };
}

function openDestination(format: LogFormat, destination: LogDestination | undefined): LogDestination {
  // Synchronous: the last lines before a crash are those that matter.
  const plain = destination ?? pino.destination({ fd: process.stderr.fd, sync: true });
  const isTerminal = destination ? destination.isTTY === true : process.stderr.isTTY;
  if (format === 'json' || (format === 'auto' && !isTerminal)) return plain;
  return { write: (line) => plain.write(prettyLine(line, isTerminal)) };
}

function asInJson(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
