import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { repeat } from '@cloudtask/core/loop';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import type { SignalNote, Signals } from '@cloudtask/core/signals/signals';
import { readNewestStates } from '../store/job-queries.ts';
import { isAfter, type Place, placeOf } from './job-sequence.ts';
import type { JobReader } from './read-jobs.ts';

export interface UserWatch {
  /** Calls with each change of the user's jobs that is seen from now on. `onGap`: some may have been missed; list again. */
  watch(userId: string, on: { change(row: JobRow): void; gap(): void }): () => void;
  /** Jobs of this process's users that were just stored: seen without the doorbell. */
  noteStored(jobs: readonly { id: string; userId: string }[]): void;
  close(): Promise<void>;
}

export interface UserWatchDeps {
  database: Database;
  signals: Signals;
  logger: Logger;
  reader: JobReader;
}

interface WatchedUser {
  listeners: Set<{ change(row: JobRow): void; gap(): void }>;
  /** Where each job was when it was last seen; the newest are remembered. */
  places: Map<string, Place>;
  newestId: string;
  isReady: boolean;
}

const LOOK_MS = 2_000;
/** A look covers this many of a user's newest jobs; older ones only ring. */
const LOOK_AT = 1_000;
const REMEMBERED = 5_000;
/** More notes than this at once are a flood: clients list again instead. */
const MAX_NOTES = 2_000;

/** Everybody in this process who watches all of a user's jobs. */
export async function openUserWatch({ database, signals, logger, reader }: UserWatchDeps): Promise<UserWatch> {
  const users = new Map<string, WatchedUser>();

  async function look(userId: string, user: WatchedUser): Promise<void> {
    const states = await readNewestStates(database, userId, LOOK_AT);
    const isFirst = !user.isReady;
    const oldest = states.at(-1)?.id ?? '';
    const isGap = !isFirst && states.length === LOOK_AT && oldest > user.newestId;
    user.newestId = states[0]?.id ?? user.newestId;
    user.isReady = true;
    if (isFirst) {
      for (const state of states) remember(user, state.id, placeOf(state));
      return;
    }
    if (isGap) for (const listener of user.listeners) listener.gap();
    const changed = states.filter((state) => isAfter(placeOf(state), user.places.get(state.id)));
    await Promise.all(changed.reverse().map(({ id }) => tell(userId, user, id)));
  }

  async function tell(userId: string, user: WatchedUser, id: string): Promise<void> {
    const row = await reader.read({ userId, id });
    if (!row) return;
    const place = placeOf(row);
    if (!isAfter(place, user.places.get(id))) return;
    remember(user, id, place);
    for (const listener of user.listeners) listener.change(row);
  }

  function note(notes: readonly SignalNote[]): void {
    if (users.size === 0) return;
    for (const [userId, own] of Map.groupBy(notes, ({ userId }) => userId)) {
      const user = userId === undefined ? undefined : users.get(userId);
      if (!user || userId === undefined) continue;
      if (own.length > MAX_NOTES) for (const listener of user.listeners) listener.gap();
      else for (const { id } of own) void tell(userId, user, id).catch(() => {});
    }
  }

  const loop = repeat({
    name: 'user-watch',
    everyMs: LOOK_MS,
    logger,
    runOnce: async () => {
      await Promise.all([...users].map(([userId, user]) => look(userId, user)));
    },
  });
  const listener = await signals.listen('jobs', note);

  return {
    watch(userId, on) {
      const user = users.get(userId) ?? { listeners: new Set(), places: new Map(), newestId: '', isReady: false };
      if (!users.has(userId)) {
        users.set(userId, user);
        loop.poke();
      }
      user.listeners.add(on);
      return () => {
        user.listeners.delete(on);
        if (user.listeners.size === 0 && users.get(userId) === user) users.delete(userId);
      };
    },
    noteStored: note,
    async close() {
      users.clear();
      await listener.close();
      await loop.close();
    },
  };
}

function remember({ places }: WatchedUser, id: string, place: Place): void {
  places.delete(id);
  places.set(id, place);
  if (places.size <= REMEMBERED) return;
  const [oldest] = places.keys();
  if (oldest !== undefined) places.delete(oldest);
}
