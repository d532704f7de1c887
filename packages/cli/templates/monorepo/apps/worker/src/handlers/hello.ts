import { defineHandler } from '@cloudtask/sdk';
import { hello } from '@my-jobs/jobs/hello';

/** The function that runs the jobs of this type. A job may run more than once: make the work repeatable. */
export default defineHandler(hello, async ({ name }, { log, progress, sleep }) => {
  log.info('greeting', { name });
  progress(50, 'thinking of something nice');
  // Ends at once when the job is cancelled or times out.
  await sleep('200ms');
  return { text: `Hello ${name}` };
});
