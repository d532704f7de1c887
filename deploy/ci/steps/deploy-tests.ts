import { globSync } from 'node:fs';
import { findDockerCli, findTool } from '../find-tools.ts';
import { repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { NotAvailable, type Step } from '../step.ts';

/** The tests that `npm test` has too, here with every program that they skip themselves without. */
export const deployTests: Step = {
  name: 'tests of deploy/',
  async run(run) {
    if (globSync('deploy/test/**/*.test.ts', { cwd: repository }).length === 0)
      throw new NotAvailable('deploy/test is empty');
    const { docker, env } = await findDockerCli(run);
    const programs = {
      CLOUDTASK_DOCKER: docker,
      CLOUDTASK_PROMTOOL: await findTool(run, 'promtool'),
      CLOUDTASK_KUBECTL: await findTool(run, 'kubectl'),
    };
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'deploy'];
    const output = await expectCommand(vitest, { env: { ...env, ...programs }, cwd: repository, signal: run.signal });
    for (const line of output.split('\n').filter((each) => /^(SKIPPED|cloudtask:)/.test(each))) run.note(line);
    if (/\d+ skipped$/m.test(output)) throw new Error('a test was skipped, although everything that it needs is here');
  },
};
