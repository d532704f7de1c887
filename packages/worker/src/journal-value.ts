import { JOURNAL_LIMITS } from './journal-limits.ts';
import { ResultNotStorable, toStorableText } from './storable-result.ts';

/** What a handler said and may go on changing, as JSON text; or why it cannot be kept. */
export type JournalValue = { text: string; bytes: number } | { why: string };

export function progressValue(value: unknown): JournalValue {
  if (typeof value === 'number' && !Number.isFinite(value)) return { why: `it is ${value}, not a percentage` };
  return copied(value, JOURNAL_LIMITS.progressBytes);
}

export function checkpointValue(state: unknown): JournalValue {
  return copied(state, JOURNAL_LIMITS.checkpointBytes);
}

/** Nothing is thrown into a handler for it: its log says so. */
export function droppedMessage(kind: 'progress' | 'checkpoint', why: string): string {
  return `${kind} was dropped: ${why}`;
}

function copied(value: unknown, maxBytes: number): JournalValue {
  try {
    const text = toStorableText(value, { what: 'it', maxBytes, instead: 'keep a reference' });
    return { text, bytes: Buffer.byteLength(text) };
  } catch (error) {
    return { why: error instanceof ResultNotStorable ? error.message : 'it is no JSON' };
  }
}
