export interface Seldom {
  /** An answer younger than this is given again. */
  freshMs: number;
  /** A question that takes longer is answered with nothing; it goes on, and who asks next waits for the same answer. */
  patienceMs: number;
  /** A clock that is never set, in milliseconds. */
  now?: () => number;
}

/** Of the time; what is slow to find out is asked for less often by itself, and can never be most of a database's work. */
const LARGEST_SHARE = 0.02;
/** One question that was held up must not be the last for long: alerts are decided by what it answered. */
const LONGEST_PAUSE_MS = 60_000;

/** Asks at most every `freshMs`, and once at a time. Undefined: it cannot be found out now. Never throws. */
export function readSeldom<Answer>(
  read: () => Promise<Answer>,
  { freshMs, patienceMs, now = () => performance.now() }: Seldom,
): () => Promise<Answer | undefined> {
  let reading: Promise<Answer | undefined> | undefined;
  let known: { answer: Answer; untilMs: number } | undefined;

  async function readNow(): Promise<Answer | undefined> {
    const startedAt = now();
    try {
      const answer = await read();
      const endedAt = now();
      const pauseMs = Math.min(LONGEST_PAUSE_MS, (endedAt - startedAt) / LARGEST_SHARE);
      known = { answer, untilMs: endedAt + Math.max(freshMs, pauseMs) };
      return answer;
    } catch {
      // Why is told by whoever needs the database for its work.
      return undefined;
    } finally {
      reading = undefined;
    }
  }

  return async () => {
    if (known && now() < known.untilMs) return known.answer;
    reading ??= readNow();
    return await within(patienceMs, reading);
  };
}

async function within<Answer>(ms: number, work: Promise<Answer>): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
