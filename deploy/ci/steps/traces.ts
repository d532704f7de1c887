import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createProject } from '../compose-project.ts';
import { composeFolder } from '../repository.ts';
import { runCommand } from '../run-command.ts';
import { NotAvailable, type Step } from '../step.ts';
import { images } from './images.ts';
import { expectOneJob } from './one-job.ts';
import { takenDown } from './taken-down.ts';

/** With traces switched on and nobody there to take them: an observer that is away must not stop the work. */
export const traces: Step = {
  name: 'the stack with traces runs a job without a collector',
  needs: [images, takenDown],
  async run(run) {
    if (!existsSync(join(composeFolder, 'compose.traces.yaml')))
      throw new NotAvailable('there is no compose.traces.yaml');
    const project = await createProject(run.engine().env, run.signal, { overrides: ['compose.traces.yaml'] });
    const image = `${project.name}:traces`;
    project.env['CLOUDTASK_TRACES_IMAGE'] = image;
    run.atEnd(() => runCommand(['docker', 'image', 'rm', '--force', image], { env: project.env }));
    run.atEnd(() => project.remove());
    await project.compose('build');
    await project.compose('up', '--detach', '--wait', ...run.resultOf(images).services);
    await expectOneJob(run, project);
    await project.compose('down', '--volumes', '--timeout', '5');
    run.skip('traces in Tempo', 'the images of the collector and of Tempo are not here');
  },
};
