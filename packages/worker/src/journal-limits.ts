/** The most that one attempt may say of itself, in bytes of UTF-8. What is beyond is dropped, and its log says so. */
export const JOURNAL_LIMITS = {
  lines: 10_000,
  /** Messages and fields of all lines together. */
  logBytes: 1024 * 1024,
  /** Message and fields of one line. */
  lineBytes: 16 * 1024,
  progressBytes: 64 * 1024,
  checkpointBytes: 256 * 1024,
} as const;

/** The most that waits to be written in one worker, of all its attempts. */
export const MOST_WAITING_BYTES = 64 * 1024 * 1024;
