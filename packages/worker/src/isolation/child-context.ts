import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import { redactFields } from '@cloudtask/core/redact';
import type { Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import { Attempt } from '../attempt.ts';
import type { AttemptJournal } from '../attempt-journal.ts';
import { checkpointValue, droppedMessage, type JournalValue, progressValue } from '../journal-value.ts';
import type { LoadedHandler } from '../load-handlers.ts';
import { storableText } from '../log-line.ts';
import type { FromChild, ToChild } from './child-messages.ts';
import { MAX_MESSAGE_BYTES } from './line-channel.ts';

type Send = (line: string) => void;

/** The attempt as the child knows it, for the same context that handlers have in the worker. */
export function childAttempt(
  { run, job, elapsedMs }: Extract<ToChild, { kind: 'run' }>,
  handler: LoadedHandler,
  send: Send,
): Attempt {
  const whole = { ...job, userId: '', fence: 0 };
  const attempt = new Attempt(whole, NO_CLAIM, handler, performance.now() - elapsedMs);
  attempt.journal = relayJournal(run, send);
  return attempt;
}

const NO_CLAIM = { token: '', workerId: 0, unsettled: 1 };

/** Lines of the handler's log. The worker adds which job they are of. */
export function relayLogger(run: number, send: Send): Logger {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    relay(run, send, { kind: 'log', run, level, message: storableText(message), fields: redactFields(fields) });
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}

/** The clock of the worker, whose deadlines these are. */
export function clockOf({ clockOffsetMs }: { clockOffsetMs: number }): Clock {
  return { now: () => Date.now() + clockOffsetMs };
}

// The log is not relayed here: what the logger above passes on is written into the journal by the worker. It knows the
// end of the attempt by itself.
function relayJournal(run: number, send: Send): AttemptJournal {
  const say = (kind: 'progress' | 'checkpoint', said: JournalValue, message: (value: Json) => FromChild) => {
    if ('why' in said) warn(run, send, droppedMessage(kind, said.why));
    else relay(run, send, message(JSON.parse(said.text) as Json));
  };
  return {
    log() {},
    progress: (value, text) =>
      say('progress', progressValue(value), (copy) => ({
        kind: 'progress',
        run,
        value: copy,
        ...(text === undefined ? {} : { message: storableText(text) }),
      })),
    checkpoint: (state) =>
      say('checkpoint', checkpointValue(state), (copy) => ({ kind: 'checkpoint', run, state: copy })),
    end: (then) => then(),
  };
}

function relay(run: number, send: Send, message: FromChild & { kind: string }): void {
  const line = asLine(message);
  if (line !== undefined && Buffer.byteLength(line) <= MAX_MESSAGE_BYTES) {
    send(line);
    return;
  }
  const why = line === undefined ? 'it is no JSON' : `it is larger than ${MAX_MESSAGE_BYTES} bytes`;
  warn(run, send, `${message.kind} was dropped: ${why}`);
}

function warn(run: number, send: Send, message: string): void {
  send(JSON.stringify({ kind: 'log', run, level: 'warn', message, fields: {} } satisfies FromChild));
}

function asLine(message: FromChild): string | undefined {
  try {
    return JSON.stringify(message);
  } catch {
    return undefined;
  }
}
