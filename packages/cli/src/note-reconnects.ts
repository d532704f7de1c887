import type { Hooks } from '@cloudtask/sdk';

export interface Reconnects {
  /** To be given to the client. */
  hooks: Hooks;
  /** Something came from a stream. */
  saw(): void;
  /** Says now what would be said in a moment: the watch has ended. */
  close(): void;
}

/** The events that a stream has missed come at once when it is back: what comes within this time are those. */
const REPLAY_MS = 300;

/** Says that streams were lost and are back, once for all that come back together. The client itself goes on in silence. */
export function noteReconnects(say: (text: string) => void): Reconnects {
  const opened = new Set<string>();
  let replay: { events: number; timer: ReturnType<typeof setTimeout> } | undefined;

  function tell(): void {
    if (!replay) return;
    const { events, timer } = replay;
    clearTimeout(timer);
    replay = undefined;
    say(`— reconnected, ${events} ${events === 1 ? 'event' : 'events'} replayed`);
  }

  return {
    hooks: {
      onResponse({ operation, url, status }) {
        if (operation !== 'jobs.watch' || status !== 200) return;
        const isBack = opened.has(url);
        opened.add(url);
        if (isBack) replay ??= { events: 0, timer: setTimeout(tell, REPLAY_MS) };
      },
    },
    saw() {
      if (replay) replay.events++;
    },
    close: tell,
  };
}
