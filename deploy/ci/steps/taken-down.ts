import { expectCommand } from '../run-command.ts';
import type { Step } from '../step.ts';
import { project } from './project.ts';
import { stackUp } from './stack-up.ts';

/** `down --volumes` leaves nothing of a stack behind; what it would leave, the next stack of that name would start with. */
export const takenDown: Step = {
  name: 'down --volumes leaves nothing',
  needs: [stackUp, project],
  async run(run) {
    const { name, env, compose } = run.resultOf(project);
    await compose('down', '--volumes', '--timeout', '10');
    const ofProject = ['--filter', `label=com.docker.compose.project=${name}`];
    const left = await Promise.all(
      [
        ['ps', '--all', '--format', '{{.Names}}'],
        ['volume', 'ls', '--format', '{{.Name}}'],
        ['network', 'ls', '--format', '{{.Name}}'],
      ].map((list) => expectCommand(['docker', ...list, ...ofProject], { env, signal: run.signal })),
    );
    const names = left.join('').split('\n').filter(Boolean);
    if (names.length > 0) throw new Error(`still there: ${names.join(', ')}`);
  },
};
