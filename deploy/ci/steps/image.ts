import { repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import type { Step } from '../step.ts';
import { images } from './images.ts';
import { project } from './project.ts';

/** BuildKit's own reading of the Dockerfile; it exits with 1 on a warning. */
export const dockerfile: Step = {
  name: 'dockerfile',
  needs: [images],
  async run(run) {
    await expectCommand(['docker', 'build', '--check', '.'], {
      env: run.engine().env,
      cwd: repository,
      signal: run.signal,
    });
  },
};

/** Built as compose builds it, under a name of this run. */
export const imageBuild: Step<string> = {
  name: 'image build',
  needs: [images, project],
  async run(run) {
    const { compose, env } = run.resultOf(project);
    await compose('build');
    const image = env['CLOUDTASK_IMAGE'] ?? '';
    const format = '{{.Size}} {{.Config.User}}';
    const [size, user] = (await expectCommand(['docker', 'image', 'inspect', '--format', format, image], { env }))
      .trim()
      .split(' ');
    run.note(`${Math.round(Number(size) / 1e6)} MB, user ${user}`);
    return image;
  },
};
