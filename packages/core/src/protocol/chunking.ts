import type { Hint } from '../messages.ts';
import type { QueueCapacity } from './catalogue.ts';

/** No message holds more work than this: a chunk of slow jobs must never wait behind one worker while another is idle. */
const CHUNK_WORK_MS = 20;
/** Of the fastest jobs. A message costs as much as ten jobs; beyond this it no longer shows (bulk: 45.7 µs per job with 50, 42.7 with 200). */
const MAX_CHUNK = 200;

/** How many jobs of a type one message may carry. A type that has never been timed travels alone. */
export function chunkSize(capacity: QueueCapacity | undefined, type: string): number {
  const meanMs = capacity?.types.get(type);
  if (capacity === undefined || meanMs == null) return 1;
  return Math.max(1, Math.min(MAX_CHUNK, capacity.slots, Math.floor(CHUNK_WORK_MS / Math.max(meanMs, 0.01))));
}

/** Splits hints of one queue, in their order, into messages: neighbours share one while the smallest of their limits allows. */
export function chunkHints(capacity: QueueCapacity | undefined, hints: readonly Hint[]): Hint[][] {
  const chunks: Hint[][] = [];
  let chunk: Hint[] = [];
  let limit = 0;
  for (const hint of hints) {
    const ownLimit = chunkSize(capacity, hint.type);
    const shared = Math.min(limit, ownLimit);
    if (chunk.length > 0 && chunk.length < shared) {
      chunk.push(hint);
      limit = shared;
    } else {
      chunk = [hint];
      limit = ownLimit;
      chunks.push(chunk);
    }
  }
  return chunks;
}
