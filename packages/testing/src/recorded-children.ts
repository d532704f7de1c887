import type { Clock } from '@cloudtask/core/clock';
import { newId } from '@cloudtask/core/ids';
import { acceptedJob } from '@cloudtask/core/submission/accepted-job';
import { InputRefused } from '@cloudtask/core/submission/input-refused';
import { checkItem, requestOfItem } from '@cloudtask/core/submission/read-item';
import type { Job, Json } from '@cloudtask/sdk';
import type { BatchResult } from '@cloudtask/sdk/contract';

/** The jobs that a handler makes where there is no platform: read by the rules of one, and kept. */
export class RecordedChildren {
  /** As they would have been accepted, in the order in which they were made. */
  readonly jobs: Job[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async submit(parentId: string, items: readonly string[]): Promise<BatchResult[]> {
    return items.map((text, index) => {
      try {
        const job = this.#accept(parentId, text);
        this.jobs.push(job);
        return { index, ok: true, job };
      } catch (error) {
        if (!(error instanceof InputRefused)) throw error;
        const { code, message, issues } = error;
        return { index, ok: false, error: { code, message, issues: [...issues] } };
      }
    });
  }

  #accept(parentId: string, text: string): Job {
    const item = checkItem(JSON.parse(text));
    const nowMs = this.#clock.now();
    const request = requestOfItem(item, { userId: '', known: undefined, nowMs });
    const at = new Date(nowMs);
    return acceptedJob({ ...request, parentId }, (item.payload ?? null) as Json, { id: newId(this.#clock), at });
  }
}
