import type { Step } from '../step.ts';
import { images } from './images.ts';
import { jobs } from './jobs.ts';
import { project } from './project.ts';

/** Containers come and go, volumes stay: the README says that `down` keeps everything. */
export const dataKept: Step = {
  name: 'down and up keep the data',
  needs: [jobs, project, images],
  async run(run) {
    const { compose } = run.resultOf(project);
    const { cli, email } = run.resultOf(jobs);
    await compose('down');
    await compose('up', '--detach', '--wait', ...run.resultOf(images).services);
    const job = await cli.show(email.id);
    if (JSON.stringify(job.result) !== JSON.stringify(email.result)) {
      throw new Error(`before ${JSON.stringify(email.result)}, after ${JSON.stringify(job.result)}`);
    }
    const { code } = await cli.run('submit', 'sleep', 'seconds:=1', '--wait', '--timeout', '30s', '--quiet');
    if (code !== 0) throw new Error(`a job after it ended with exit code ${code}`);
  },
};
