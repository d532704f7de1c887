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
/** A stream that is back sooner was not missed: a server that is replaced ends its streams too. */
const PATIENCE_MS = 1_000;

/** Says that streams were lost and are back, once for all that go and come together. The client itself goes on in silence. */
export function noteReconnects(say: (text: string) => void): Reconnects {
  const opened = new Set<string>();
  let lost: ReturnType<typeof setTimeout> | undefined;
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
      onRequest({ operation, url }) {
        if (operation !== 'jobs.watch' || !opened.has(url)) return;
        lost ??= setTimeout(() => say('— connection lost, trying again'), PATIENCE_MS);
      },
      onResponse({ operation, url, status }) {
        if (operation !== 'jobs.watch' || status !== 200) return;
        clearTimeout(lost);
        lost = undefined;
        const isBack = opened.has(url);
        opened.add(url);
        if (isBack) replay ??= { events: 0, timer: setTimeout(tell, REPLAY_MS) };
      },
    },
    saw() {
      if (replay) replay.events++;
    },
    close() {
      clearTimeout(lost);
      tell();
    },
  };
}
