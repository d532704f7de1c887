import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { repeat } from '@cloudtask/core/loop';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import type { SignalChannel, Signals } from '@cloudtask/core/signals/signals';
import { readOwnedStates } from '../store/job-queries.ts';
import { isAfter, type Place, placeOf } from './job-sequence.ts';
import type { JobReader } from './read-jobs.ts';

export interface JobWatch {
  /**
   * Calls with the job as it is, and after every change that is seen; fast changes may be seen as one. Never calls twice
   * for the same place in a job's life, and never goes back. `onStir`: the job runs as before, but may have said something.
   * The function that is answered ends it.
   */
  watch(job: { userId: string; id: string }, onChange: (row: JobRow) => void, onStir?: () => void): () => void;
  readonly size: number;
  close(): Promise<void>;
}

export interface JobWatchDeps {
  database: Database;
  signals: Signals;
  logger: Logger;
  reader: JobReader;
}

interface Watched {
  userId: string;
  last: JobRow | undefined;
  place: Place | undefined;
  listeners: Set<Watcher>;
}

interface Watcher {
  onChange(row: JobRow): void;
  onStir?: (() => void) | undefined;
}

/** The doorbell may be away: then this is how late a watcher is. */
const LOOK_MS = 1_000;
const LOOK_AT = 1_000;
const LOOKS_PER_STIR = 5;

/** Everybody in this process who waits for single jobs: one doorbell, one look per second for all of them. */
export async function openJobWatch({ database, signals, logger, reader }: JobWatchDeps): Promise<JobWatch> {
  const watched = new Map<string, Watched>();
  let looks = 0;

  async function refresh(id: string, entry: Watched): Promise<void> {
    const row = await reader.read({ userId: entry.userId, id });
    if (!row) return;
    const place = placeOf(row);
    if (!isAfter(place, entry.place)) return;
    entry.place = place;
    entry.last = row;
    for (const { onChange } of entry.listeners) onChange(row);
  }

  function stir({ listeners }: Watched): void {
    for (const { onStir } of listeners) onStir?.();
  }

  // A read that fails is made good by the next look.
  const refreshSoon = (id: string, entry: Watched) => void refresh(id, entry).catch(() => {});

  async function look(): Promise<void> {
    looks += 1;
    // Each stirred watcher reads the journal of its job: hardly ever for nothing, as long as the doorbell works.
    const isStirring = !signals.health.up || looks % LOOKS_PER_STIR === 0;
    const all = [...watched].map(([id, { userId }]) => ({ id, userId }));
    for (let from = 0; from < all.length; from += LOOK_AT) {
      for (const state of await readOwnedStates(database, all.slice(from, from + LOOK_AT))) {
        const entry = watched.get(state.id);
        if (!entry) continue;
        if (isAfter(placeOf(state), entry.place)) refreshSoon(state.id, entry);
        else if (isStirring && state.status === 'RUNNING') stir(entry);
      }
    }
  }

  const loop = repeat({ name: 'job-watch', everyMs: LOOK_MS, logger, runOnce: look });
  const hear = (channel: SignalChannel, then: (id: string, entry: Watched) => void) =>
    signals.listen(channel, (notes) => {
      for (const { id } of notes) {
        const entry = watched.get(id);
        if (entry) then(id, entry);
      }
    });
  const listeners = await Promise.all([hear('jobs', refreshSoon), hear('journals', (_, entry) => stir(entry))]);

  return {
    watch({ userId, id }, onChange, onStir) {
      const entry: Watched = watched.get(id) ?? { userId, last: undefined, place: undefined, listeners: new Set() };
      // Ids are unguessable and callers have read the job as its owner; this is the second wall.
      if (entry.userId !== userId) return () => {};
      watched.set(id, entry);
      const watcher: Watcher = { onChange, onStir };
      entry.listeners.add(watcher);
      if (entry.last) onChange(entry.last);
      // From now on no change is missed; what changed before is in this read.
      refreshSoon(id, entry);
      return () => {
        entry.listeners.delete(watcher);
        if (entry.listeners.size === 0 && watched.get(id) === entry) watched.delete(id);
      };
    },
    get size() {
      return watched.size;
    },
    async close() {
      watched.clear();
      await Promise.all(listeners.map((listener) => listener.close()));
      await loop.close();
    },
  };
}
