import type { JobStatus } from './contract.ts';

/** Answer of `GET /verify`, from `checkedAt` (ISO 8601 in UTC): whether what must never be true of the stored jobs is true of none. */
export interface Verification {
  checkedAt: string;
  /** How long it took. */
  ms: number;
  /** Stored jobs by status, of all accounts. All names are there. */
  jobs: Record<JobStatus, number>;
  /** What was checked, in order. */
  checks: VerificationCheck[];
  /** The first 100. */
  violations: JobViolation[];
  /** False: there are more violations than are shown, and the numbers of `checks` count only those shown. */
  isComplete: boolean;
}

/** A promise about every stored job, and how many `violations` it has. */
export interface VerificationCheck {
  /** As in docs/protocol.md: `I1` … */
  id: string;
  /** The promise. */
  promise: string;
  violations: number;
}

/** A job that breaks a promise, named by its `check`: a bug of CloudTask, or somebody changed its tables by hand. */
export interface JobViolation {
  check: string;
  jobId: string;
  /** What is wrong with it; `the job ` may be put before it. */
  what: string;
}
