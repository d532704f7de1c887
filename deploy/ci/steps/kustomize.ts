import { existsSync } from 'node:fs';
import { findTool } from '../find-tools.ts';
import { repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { NotAvailable, type Step } from '../step.ts';

/** Rendering needs no cluster; what the manifests must say is tested in deploy/test. */
export const kustomize: Step[] = ['overlays/dev', 'overlays/prod', 'keda'].map((folder) => ({
  name: `kustomize: ${folder}`,
  async run(run) {
    const path = `deploy/k8s/${folder}`;
    if (!existsSync(`${repository}${path}`)) throw new NotAvailable(`there is no ${path}`);
    const kubectl = await findTool(run, 'kubectl');
    const rendered = await expectCommand([kubectl, 'kustomize', path], { cwd: repository, signal: run.signal });
    run.note(`${rendered.split(/^---$/m).length} objects`);
  },
}));
