import type { NewJob } from '../protocol/submit.ts';
import type { OnConflict } from '../protocol/submit-unique.ts';

/** A validated job of somebody. Whoever stores it makes its id, and says who offers it to the workers. */
export type JobRequest = Omit<NewJob, 'id' | 'hinted'> & { onConflict?: OnConflict | undefined };
