import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.ts';
import { k8sFolder } from './render.ts';

interface Kustomization {
  resources: string[];
  labels: { pairs: Record<string, string> }[];
  configMapGenerator: { name: string; literals: string[] }[];
  patches: { path: string; target: { kind: string } }[];
}

/** The base, put together by as much of kustomize as it uses: labels, settings, and patches by kind. */
export function baseWithoutKubectl(): Manifest[] {
  const [kustomization] = read<Kustomization>('kustomization.yaml');
  if (!kustomization) throw new Error('the base has no kustomization');
  const pairs = Object.assign({}, ...kustomization.labels.map((each) => each.pairs)) as Record<string, string>;
  const manifests = kustomization.resources.flatMap((file) => read<Manifest>(file));
  const patched = manifests.map((manifest) =>
    kustomization.patches
      .filter(({ target }) => target.kind === manifest.kind)
      .flatMap(({ path }) => read<Manifest>(path))
      .reduce((whole, { spec }) => merged(whole, { spec }) as Manifest, manifest),
  );
  return [...patched.map((manifest) => labelled(manifest, pairs)), ...kustomization.configMapGenerator.map(settingsOf)];
}

function read<T>(file: string): T[] {
  const text = readFileSync(join(k8sFolder, 'base', file), 'utf8');
  return parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as T;
  });
}

/** Members one by one, elements of a list by their name. */
function merged(whole: unknown, patch: unknown): unknown {
  if (isNamedList(whole) && isNamedList(patch)) {
    const others = patch.filter(({ name }) => !whole.some((each) => each.name === name));
    return [...whole.map((each) => merged(each, patch.find(({ name }) => name === each.name) ?? {})), ...others];
  }
  if (!isRecord(whole) || !isRecord(patch)) return patch ?? whole;
  const members = Object.entries(patch).map(([name, value]) => [
    name,
    name in whole ? merged(whole[name], value) : value,
  ]);
  return { ...whole, ...Object.fromEntries(members) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is { name: string }[] {
  return Array.isArray(value) && value.every((each) => isRecord(each) && 'name' in each);
}

function labelled(manifest: Manifest, pairs: Record<string, string>): Manifest {
  const template = manifest.spec?.template;
  if (!template) return manifest;
  const labels = { ...template.metadata.labels, ...pairs };
  return merged(manifest, { spec: { template: { metadata: { labels } } } }) as Manifest;
}

function settingsOf({ name, literals }: Kustomization['configMapGenerator'][number]): Manifest {
  const data = Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
