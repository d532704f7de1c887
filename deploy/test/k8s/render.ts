import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { findBinary } from '../../../test/support/find-binary.ts';
import type { Manifest } from './manifest.ts';

export const k8sFolder = join(import.meta.dirname, '../../k8s');

/** kubectl by CLOUDTASK_KUBECTL or in PATH; undefined when there is none. */
export function findKubectl(): string | undefined {
  const told = process.env['CLOUDTASK_KUBECTL'];
  if (told) return told;
  try {
    return findBinary('kubectl', []);
  } catch {
    return undefined;
  }
}

export function render(kubectl: string, folder: string): Manifest[] {
  const text = execFileSync(kubectl, ['kustomize', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** An overlay as its README says to extend it. */
export function renderWith(kubectl: string, overlay: string, components: readonly string[]): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-kustomize-'));
  const path = (name: string) => relative(folder, join(k8sFolder, name));
  try {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [path(`overlays/${overlay}`)],
      components: components.map(path),
    };
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
    return render(kubectl, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
