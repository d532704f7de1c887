import type { AttemptJournal } from './attempt-journal.ts';

export interface Listeners {
  /** Told each line, also one that is over the limit and not kept. */
  said: AttemptJournal['log'] | undefined;
  /** Told when there was progress or a checkpoint. */
  showedLife: (() => void) | undefined;
}

/** A journal that others listen to. */
export function overheard(journal: AttemptJournal, { said, showedLife }: Listeners): AttemptJournal {
  if (!said && !showedLife) return journal;
  return {
    log(level, message, fields) {
      said?.(level, message, fields);
      journal.log(level, message, fields);
    },
    progress(value, message) {
      showedLife?.();
      journal.progress(value, message);
    },
    checkpoint(state) {
      showedLife?.();
      journal.checkpoint(state);
    },
    // Not overheard: who listens hears of the failure itself.
    threw: (message, stack) => journal.threw(message, stack),
    dropped: (lines) => journal.dropped(lines),
    end: (then) => journal.end(then),
  };
}
