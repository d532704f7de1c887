import { type ComposeProject, createProject } from '../compose-project.ts';
import type { Step } from '../step.ts';

/** Nothing is started yet; but whatever is started under this name is taken down at the end. */
export const project: Step<ComposeProject> = {
  name: 'project',
  async run(run) {
    const created = await createProject(run.engine().env, run.signal);
    run.atEnd(() => created.remove());
    return created;
  },
};
