import { globSync } from 'node:fs';
import { findTool } from '../find-tools.ts';
import { repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { NotAvailable, type Step } from '../step.ts';

export const rules: Step[] = [
  {
    name: 'promtool check config',
    async run(run) {
      const promtool = await findTool(run, 'promtool');
      // Without the paths that exist in a container only.
      const config = 'deploy/compose/prometheus/prometheus.yml';
      await expectCommand([promtool, 'check', 'config', '--syntax-only', '--lint=all', config], {
        cwd: repository,
        signal: run.signal,
      });
    },
  },
  {
    name: 'promtool check rules',
    async run(run) {
      const promtool = await findTool(run, 'promtool');
      const files = globSync('deploy/compose/prometheus/rules/*.yml', { cwd: repository });
      if (files.length === 0) throw new NotAvailable('deploy/compose/prometheus/rules is empty');
      await expectCommand([promtool, 'check', 'rules', '--lint=all', ...files], {
        cwd: repository,
        signal: run.signal,
      });
    },
  },
  {
    name: 'promtool test rules',
    async run(run) {
      const promtool = await findTool(run, 'promtool');
      const files = globSync('deploy/test/**/*rules*.{test.yml,test.yaml,yml,yaml}', { cwd: repository });
      if (files.length === 0) throw new NotAvailable('deploy/test has no tests of rules');
      await expectCommand([promtool, 'test', 'rules', ...files], { cwd: repository, signal: run.signal });
    },
  },
];
