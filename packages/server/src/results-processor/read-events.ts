import type { AttemptRef, CompletedEvent, StartedEvent } from '@cloudtask/core/messages';

/** The events of a `jobs.started` message. Throws a sentence when it is none: then it goes to quarantine. */
export function readStartedEvents(body: Buffer): StartedEvent[] {
  return readEvents(body, isAttemptRef) as StartedEvent[];
}

/** The events of a `jobs.completed` message; throws as above. */
export function readCompletedEvents(body: Buffer): CompletedEvent[] {
  return readEvents(body, isCompletedEvent) as unknown as CompletedEvent[];
}

type Fields = Record<string, unknown>;

function readEvents(body: Buffer, isEvent: (event: Fields) => boolean): AttemptRef[] {
  const message: unknown = JSON.parse(body.toString('utf8'));
  if (!isFields(message)) throw new Error('not a JSON object');
  if (message['v'] !== 1) throw new Error(`version ${JSON.stringify(message['v'])} of the message is not known here`);
  const events = message['events'];
  if (!Array.isArray(events)) throw new Error('no array of events');
  const wrong = events.findIndex((event) => !isFields(event) || !isEvent(event));
  if (wrong >= 0) throw new Error(`event ${wrong} is incomplete`);
  return events as AttemptRef[];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isAttemptRef(event: Fields): boolean {
  return isUuid(event['jobId']) && isUuid(event['claimToken']) && isInt32(event['fence']);
}

function isCompletedEvent(event: Fields): boolean {
  return isAttemptRef(event) && isInt32(event['attempt']) && isOutcome(event['outcome']);
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

function isOutcome(value: unknown): boolean {
  if (!isFields(value)) return false;
  switch (value['kind']) {
    case 'completed':
      return value['result'] !== undefined;
    case 'failed':
      return ['reason', 'name', 'message'].every((field) => typeof value[field] === 'string');
    case 'interrupted':
      return typeof value['started'] === 'boolean';
    case 'snoozed':
      return typeof value['delayMs'] === 'number';
    default:
      return false;
  }
}
