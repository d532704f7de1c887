import type { Broker } from '@cloudtask/core/broker/broker';
import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import { activeTracer } from '@cloudtask/core/tracing';
import { recordClaim } from '@cloudtask/core/tracing/claim-spans';
import type { Claim } from './attempt.ts';
import type { HeldHint } from './hint-buffer.ts';

export interface TracedClaim {
  system: Broker['system'];
  hints: readonly HeldHint[];
  jobs: readonly ClaimedJob[];
  /** Epoch milliseconds. */
  startedAt: number;
}

/** From here on its jobs are below their claim in their traces. */
export function traceClaim(claim: Claim, { hints, ...claimed }: TracedClaim): void {
  if (!activeTracer()) return;
  const publishes = new Map(hints.map(({ id, chunk }) => [id, chunk.delivery.traceparent]));
  claim.traceparents = recordClaim({ ...claimed, publishOf: (id) => publishes.get(id) });
}
