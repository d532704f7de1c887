import type { Json } from '@cloudtask/sdk/contract';
import type { LogLevel } from '@cloudtask/sdk/live-contract';

/** What an attempt says of itself while it runs, from this process or from a child. Nothing here throws or waits. */
export interface AttemptJournal {
  log(level: LogLevel, message: string, fields?: object): void;
  /** A number is a percentage (0…100); anything else is data of the handler's own. */
  progress(value: number | Json, message?: string): void;
  checkpoint(state: Json): void;
  /**
   * Why it failed and where: an error line with the frames in `fields.stack`. Kept whatever was said before it, for it is what
   * people look for first; one of an attempt.
   */
  threw(message: string, stack: string): void;
  /** So many lines were said and not kept before they came here. */
  dropped(lines: number): void;
  /**
   * The attempt is over: what is said after it does not count. Calls `then` once when all that was said before is
   * written, and at once when nothing was.
   */
  end(then: () => void): void;
}

/** For attempts that never begin. */
export const NO_JOURNAL: AttemptJournal = {
  log() {},
  progress() {},
  checkpoint() {},
  threw() {},
  dropped() {},
  end: (then) => then(),
};
