import { eventually } from '../../../test/support/eventually.ts';
import { hasData, query } from '../prometheus.ts';
import type { Step } from '../step.ts';
import { jobs } from './jobs.ts';
import { project } from './project.ts';
import { targets } from './prometheus-targets.ts';

/** A rate needs an increase, and a series that begins with its first job shows none for it: there must be a second one. */
export const movedSeries: Step<{ url: string }> = {
  name: 'a second job after the first scrape',
  needs: [jobs, targets, project],
  async run(run) {
    const url = await run.resultOf(project).urlOf('prometheus', 9090);
    const isScraped = async (): Promise<boolean> =>
      hasData(await query(url, 'worker_job_duration_seconds_bucket{type="sleep"}')) &&
      hasData(await query(url, 'jobs_created_seconds_bucket{type="sleep"}'));
    await eventually(isScraped, { timeoutMs: 30_000, intervalMs: 1000, describe: 'the first scrape after a job' });
    const { cli } = run.resultOf(jobs);
    // More than one, because there are two workers and each has series of its own.
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => cli.run('submit', 'sleep', 'seconds:=1', '--wait', '--timeout', '30s')),
    );
    const bad = answers.find(({ code }) => code !== 0);
    if (bad) throw new Error(`\`submit sleep\` ended with ${bad.code}: ${bad.stderr}`);
    return { url };
  },
};
