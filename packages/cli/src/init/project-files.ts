import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scopeOf, workspaceManifests } from './monorepo-manifests.ts';
import { inWordsOf } from './package-manager-words.ts';
import { manifestOf } from './package-manifest.ts';
import type { ProjectChoices } from './project-choices.ts';
import { layersOf, placeOf } from './template-layers.ts';

const TEMPLATES_FOLDER = fileURLToPath(new URL('../../templates', import.meta.url));

/** The files of a new project, by their paths in it with `/`. */
export type ProjectFiles = ReadonlyMap<string, string>;

/** Real files that lie over each other: each layer replaces what it has too. */
export async function projectFiles(choices: ProjectChoices): Promise<ProjectFiles> {
  const { name, packageManager } = choices;
  const files = manifests(choices);
  const inOwnWords = (path: string, text: string) =>
    (path.endsWith('.md') ? inWordsOf(packageManager, text) : text).replaceAll(NAME_IN_FILES, (found) =>
      found === 'my-jobs' ? name : `${scopeOf(name)}/`,
    );
  for (const layer of layersOf(choices)) {
    for (const [path, text] of await readLayer(join(TEMPLATES_FOLDER, layer))) {
      const place = placeOf(path, choices);
      if (place !== null) files.set(place, inOwnWords(path, text));
    }
  }
  return files;
}

/** That of the project, and what stands before the names of its workspaces. */
const NAME_IN_FILES = /@my-jobs\/|my-jobs/g;

function manifests(choices: ProjectChoices): Map<string, string> {
  const below = choices.template === 'monorepo' ? workspaceManifests(choices) : new Map<string, object>();
  const all: [path: string, manifest: object][] = [
    ['package.json', manifestOf(choices)],
    ...Array.from(below, ([folder, manifest]) => [`${folder}/package.json`, manifest] as [string, object]),
  ];
  return new Map(all.map(([path, manifest]) => [path, `${JSON.stringify(manifest, null, 2)}\n`]));
}

async function readLayer(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    paths.map(async (path) => {
      const inProject = path.slice(folder.length + 1).replaceAll(sep, '/');
      return [PACKED_AS[inProject] ?? inProject, await readFile(path, 'utf8')] as [string, string];
    }),
  );
}

/** npm leaves a .gitignore out of a package. */
const PACKED_AS: Record<string, string> = { gitignore: '.gitignore' };
