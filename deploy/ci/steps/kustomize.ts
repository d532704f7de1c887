import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findTool } from '../find-tools.ts';
import { repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { NotAvailable, type Run, type Step } from '../step.ts';

const manifests = join(repository, 'deploy/k8s');

/** Rendering needs no cluster; what the manifests must say is tested in deploy/test. */
export const kustomize: Step[] = [
  render('overlays/dev'),
  render('overlays/prod'),
  render('overlays/prod', 'keda'),
  render('overlays/prod', 'pod-monitor'),
];

function render(overlay: string, ...components: string[]): Step {
  return { name: ['kustomize:', overlay, ...components].join(' '), run: (run) => renderWith(run, overlay, components) };
}

async function renderWith(run: Run, overlay: string, components: string[]): Promise<void> {
  const absent = [overlay, ...components].find((folder) => !existsSync(join(manifests, folder)));
  if (absent) throw new NotAvailable(`there is no deploy/k8s/${absent}`);
  const kubectl = await findTool(run, 'kubectl');
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-kustomize-'));
  try {
    // kustomize takes no absolute paths.
    const pathTo = (name: string): string => relative(folder, join(manifests, name));
    const kustomization = { resources: [pathTo(overlay)], components: components.map(pathTo) };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const rendered = await expectCommand([kubectl, 'kustomize', folder], { signal: run.signal });
    run.note(`${rendered.split(/^---$/m).length} objects`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
