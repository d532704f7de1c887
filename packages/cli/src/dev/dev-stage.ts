import { type CloudTask, isFinal, type Job } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import type { Surroundings } from '../surroundings.ts';
import { eventLines, type LoadCause } from './event-lines.ts';
import type { KeyState } from './key-line.ts';
import type { DevWorkers, EmbeddedPlatform, NextTimer, PlatformLogger, WorkersEvent } from './load-platform.ts';
import type { StopRequests } from './stop-requests.ts';
import { ThrownPlaces } from './thrown-places.ts';

/** How often the label of the key `t` is looked after, beside each change of a job. */
const LOOK_MS = 2_000;

export interface RunningPlatform {
  platform: EmbeddedPlatform;
  ct: CloudTask;
  /** Begins a new session of the account of dev, for everybody below the folder. */
  signIn(): Promise<unknown>;
}

/** What runs, and what is known of it: for the keys, the line at the bottom, and the end. */
export class DevStage {
  readonly out: Output;
  readonly surroundings: Surroundings;
  readonly folder: string;
  readonly stop: StopRequests;
  readonly thrown: ThrownPlaces;
  readonly keys: KeyState = { isPaused: false, hasWorkers: false, next: undefined };
  readonly #running = new Set<string>();
  /** What the next load of the code is for. */
  #cause: LoadCause = { kind: 'start' };
  #platform: EmbeddedPlatform | undefined;
  #workers: DevWorkers | undefined;
  #ct: CloudTask | undefined;
  #signIn: RunningPlatform['signIn'] = async () => {};
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(deps: { out: Output; surroundings: Surroundings; folder: string; stop: StopRequests }) {
    this.out = deps.out;
    this.surroundings = deps.surroundings;
    this.folder = deps.folder;
    this.stop = deps.stop;
    this.thrown = new ThrownPlaces(deps.folder);
  }

  get platform(): EmbeddedPlatform {
    return present(this.#platform);
  }

  get ct(): CloudTask {
    return present(this.#ct);
  }

  /** Undefined with `--no-worker`, and until the first code was tried. */
  get workers(): DevWorkers | undefined {
    return this.#workers;
  }

  /** Jobs that run now. */
  get running(): number {
    return this.#running.size;
  }

  hasPlatform({ platform, ct, signIn }: RunningPlatform): void {
    this.#platform = platform;
    this.#ct = ct;
    this.#signIn = signIn;
    this.#timer = setInterval(() => void this.lookForNextTimer(), LOOK_MS);
  }

  hasWorkers(workers: DevWorkers): void {
    this.#workers = workers;
    this.keys.hasWorkers = true;
  }

  /** The log of the platform: what dev shows of it. */
  readonly logger: PlatformLogger = {
    debug: (fields) => this.thrown.read(fields),
    info: () => {},
    warn: (fields) => this.thrown.read(fields),
    error: (fields, message) => {
      const { err } = fields as { err?: unknown };
      this.out.warn(`! ${message}${err instanceof Error ? `: ${err.message}` : ''}`);
    },
    child: () => this.logger,
  };

  /** What happened to the code or its workers. */
  readonly onWorkersEvent = (event: WorkersEvent): void => {
    const { out } = this;
    if (out.isData) {
      out.event({ at: new Date().toISOString(), ...event });
      return;
    }
    // What handlers print is theirs; what dev says of itself can be turned off.
    const say = event.kind === 'refused' || event.kind === 'died' ? out.warn.bind(out) : out.say.bind(out);
    const look = { style: out.sayStyle, unicode: out.look.unicode, folder: this.folder };
    for (const line of eventLines(event, this.#cause, look)) say(line);
    if (event.kind === 'died') this.#cause = { kind: 'death' };
    else if (event.kind === 'loaded') this.#cause = { kind: 'wish' };
  };

  readonly onJobChange = (job: Job): void => {
    if (job.status === 'RUNNING') this.#running.add(job.id);
    else this.#running.delete(job.id);
    if (job.status !== 'RUNNING' || isFinal(job.status)) void this.lookForNextTimer();
  };

  /** Loads the code as it is now; the files are named when it is there. */
  async reload(changed: readonly string[] = []): Promise<void> {
    // Saves that come while one load runs lead to one more, for all of them.
    const before = this.#cause.kind === 'save' ? this.#cause.paths : [];
    this.#cause =
      changed.length === 0 ? { kind: 'wish' } : { kind: 'save', paths: [...new Set([...before, ...changed])] };
    await this.#workers?.reload();
  }

  /** Moves the platform's clock to the next timer. */
  async skipToNext(): Promise<NextTimer | undefined> {
    const skipped = await this.platform.skipToNext();
    this.keys.next = undefined;
    // For the platform the session has become older by as much, and may be over.
    if (skipped !== undefined) await this.#signIn();
    void this.lookForNextTimer();
    return skipped;
  }

  async lookForNextTimer(): Promise<void> {
    try {
      const timer = await this.platform.nextTimer();
      this.keys.next = timer && { timer, askedAt: Date.now() };
    } catch {
      // A label, no more; when the platform closes it cannot be asked.
      this.keys.next = undefined;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the platform has not started yet');
  return value;
}
