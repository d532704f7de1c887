import type { Step } from '../step.ts';
import { imageBuild } from './image.ts';
import { images } from './images.ts';
import { project } from './project.ts';

/** The whole stack, as the README starts it, on free ports; without the services whose image is not here. */
export const stackUp: Step = {
  name: 'stack is up and healthy',
  needs: [images, project, imageBuild],
  async run(run) {
    const { compose } = run.resultOf(project);
    const { services, missing } = run.resultOf(images);
    try {
      await compose('up', '--detach', '--wait', ...services);
    } catch (error) {
      const logs = await compose('logs', '--tail', '10').catch(() => '');
      throw new Error(`${(error as Error).message}\n${logs}`);
    }
    if (missing.size > 0) run.note(`without ${[...missing.keys()].join(', ')}`);
  },
};

/** One-shot services must not make a second `up --wait` fail because they have ended. */
export const secondUp: Step = {
  name: 'a second up --wait succeeds',
  needs: [stackUp],
  async run(run) {
    const { compose } = run.resultOf(project);
    await compose('up', '--detach', '--wait', ...run.resultOf(images).services);
  },
};
