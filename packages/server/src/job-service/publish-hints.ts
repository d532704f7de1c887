import { createBatcher } from '@cloudtask/core/batcher';
import { type Broker, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { Hint, HintMessage } from '@cloudtask/core/messages';
import { chunkHints } from '@cloudtask/core/protocol/chunking';
import { releaseJobs } from '@cloudtask/core/protocol/release';
import { publishTraced } from '@cloudtask/core/tracing/publish-span';
import type { JobServiceMetrics } from './metrics.ts';
import type { QueueGauge } from './queue-gauge.ts';

export interface HintPublisher {
  /** Tells the workers of committed jobs. Nobody waits for it, and it never throws. `traceparents`: of those that have one, by id. */
  publish(queue: string, hints: readonly Hint[], traceparents?: ReadonlyMap<string, string>): void;
  /** Resolves when everything was confirmed, or given to the dispatcher. */
  drain(): Promise<void>;
}

export interface HintPublisherDeps {
  database: Database;
  broker: Broker;
  logger: Logger;
  metrics: JobServiceMetrics;
  gauge: QueueGauge;
}

/**
 * The row says `hinted` from the start, so that the usual case writes nothing more. When the broker does not take a
 * hint, the row is told; when this process dies first, the scheduler's sweep finds the job.
 */
export function createHintPublisher(deps: HintPublisherDeps): HintPublisher {
  const { database, broker, logger, metrics, gauge } = deps;
  const underWay = new Set<Promise<void>>();
  const owed = createBatcher<string, void>({
    maxItems: 500,
    inFlight: 1,
    async flush(ids) {
      await releaseJobs(database, ids);
      return ids.map(() => undefined);
    },
  });

  async function send(queue: string, jobs: Hint[], traceparents?: ReadonlyMap<string, string>): Promise<void> {
    try {
      const message: HintMessage = { v: 1, jobs };
      const body = Buffer.from(JSON.stringify(message));
      await publishTraced({ broker, queue, jobs, body, traceparents });
      metrics.publishes.inc({ outcome: 'success' });
      gauge.published(queue, jobs);
    } catch (error) {
      metrics.publishes.inc({ outcome: 'failure' });
      if (!(error instanceof BrokerUnavailable)) logger.error({ err: error, queue }, 'hints could not be published');
      await giveToDispatcher(queue, jobs);
    }
  }

  async function giveToDispatcher(queue: string, jobs: readonly Hint[]): Promise<void> {
    try {
      await owed.addMany(jobs.map(({ id }) => id));
    } catch (error) {
      logger.warn({ err: error, queue, jobs: jobs.length }, 'hints are lost until the scheduler looks for them');
    }
  }

  return {
    publish(queue, hints, traceparents) {
      for (const chunk of chunkHints(gauge.capacity(queue), hints)) {
        const sent = send(queue, chunk, traceparents).finally(() => underWay.delete(sent));
        underWay.add(sent);
      }
    },
    async drain() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
