/** What a script can tell from the end of a command. */
export const EXIT = {
  done: 0,
  other: 1,
  usage: 2,
  /** The job ended FAILED, CANCELLED or EXPIRED. */
  jobFailed: 3,
  notSignedIn: 4,
  notFound: 5,
  refused: 6,
  unreachable: 7,
  /** The time was over; the job goes on. */
  notFinished: 8,
  /** A check found something. */
  problems: 9,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
