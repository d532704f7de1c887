import type { AttemptJournal } from './attempt-journal.ts';

/** A journal whose log lines somebody else is told too, also those that are over the limit and not kept. */
export function overheard(journal: AttemptJournal, hear: AttemptJournal['log'] | undefined): AttemptJournal {
  if (!hear) return journal;
  return {
    log(level, message, fields) {
      hear(level, message, fields);
      journal.log(level, message, fields);
    },
    progress: (value, message) => journal.progress(value, message),
    checkpoint: (state) => journal.checkpoint(state),
    dropped: (lines) => journal.dropped(lines),
    end: (then) => journal.end(then),
  };
}
