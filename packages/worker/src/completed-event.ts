import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';

/**
 * A `CompletedEvent` as JSON text. Put together by hand around the result's own text, because writing each result
 * twice would be the largest part of the work that a short job causes here. Ids, types and traces need no escapes.
 */
export function completedText({ job, claim, traceparent }: Attempt, end: AttemptEnd, at: number): string {
  const outcome = end.kind === 'completed' ? `{"kind":"completed","result":${end.resultText}}` : JSON.stringify(end);
  const trace = traceparent === undefined ? '' : `,"traceparent":"${traceparent}"`;
  return (
    `{"jobId":"${job.id}","fence":${job.fence},"claimToken":"${claim.token}","type":"${job.type}",` +
    `"userId":"${job.userId}","worker":"${claim.workerId}","at":${at},"attempt":${job.attempt}${trace},"outcome":${outcome}}`
  );
}

export function startedText({ job, claim }: Attempt, at: number): string {
  return (
    `{"jobId":"${job.id}","fence":${job.fence},"claimToken":"${claim.token}","type":"${job.type}",` +
    `"userId":"${job.userId}","worker":"${claim.workerId}","at":${at}}`
  );
}

export function messageOf(eventTexts: readonly string[]): Buffer {
  return Buffer.from(`{"v":1,"events":[${eventTexts.join(',')}]}`);
}
