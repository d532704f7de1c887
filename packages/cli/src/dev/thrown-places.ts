import { ownFrame } from '../views/own-frame.ts';

/** How many jobs it is remembered of; each is asked for within seconds. */
const MOST = 500;

/** Where handlers threw. The job itself does not know: the worker only logs it. */
export class ThrownPlaces {
  readonly #byJob = new Map<string, string>();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes in what a line of the worker's log says. */
  read(fields: object): void {
    const { jobId, err } = fields as { jobId?: unknown; err?: unknown };
    if (typeof jobId !== 'string' || !(err instanceof Error)) return;
    const frame = ownFrame(err.stack ?? '', this.#folder);
    if (frame === undefined) return;
    this.#byJob.delete(jobId);
    this.#byJob.set(jobId, frame);
    for (const oldest of this.#byJob.keys()) {
      if (this.#byJob.size <= MOST) break;
      this.#byJob.delete(oldest);
    }
  }

  /** Of the latest attempt; forgotten once it was asked for. */
  take(jobId: string): string | undefined {
    const frame = this.#byJob.get(jobId);
    this.#byJob.delete(jobId);
    return frame;
  }
}
