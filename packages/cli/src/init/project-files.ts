import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inWordsOf } from './package-manager-words.ts';
import { manifestOf } from './package-manifest.ts';
import { PACKAGE_MANAGERS, type ProjectChoices, SCHEMAS, TEMPLATES, type Template } from './project-choices.ts';

const TEMPLATES_FOLDER = fileURLToPath(new URL('../../templates', import.meta.url));

/** The files of a new project, by their paths in it with `/`. */
export type ProjectFiles = ReadonlyMap<string, string>;

/** Real files that lie over each other: each layer replaces what it has too. */
export async function projectFiles(choices: ProjectChoices): Promise<ProjectFiles> {
  const { name, template, packageManager } = choices;
  const layers = ['minimal', ...layersOf(choices)];
  const files = new Map([['package.json', `${JSON.stringify(manifestOf(choices), null, 2)}\n`]]);
  for (const layer of layers) {
    for (const [path, text] of await readLayer(join(TEMPLATES_FOLDER, layer))) files.set(path, text);
  }
  for (const path of NOT_IN[template]) files.delete(path);
  for (const page of ['README.md', 'AGENTS.md']) {
    const text = files.get(page) ?? '';
    files.set(page, inWordsOf(packageManager, text).replaceAll(NAME_IN_PAGES, name));
  }
  return files;
}

const NAME_IN_PAGES = 'my-jobs';

/** A plugin is published; it does not run anywhere by itself. */
const NOT_IN: Record<Template, readonly string[]> = {
  minimal: [],
  fastify: ['src/submit.ts'],
  plugin: ['src/submit.ts', 'compose.yaml', 'production.env.example'],
};

/** The first of each kind is what `minimal` holds. */
function layersOf({ template, schema, packageManager }: ProjectChoices): string[] {
  return [
    ...(template === TEMPLATES[0] ? [] : [template]),
    ...(schema === SCHEMAS[0] ? [] : [join('schemas', schema)]),
    ...(packageManager === PACKAGE_MANAGERS[0] ? [] : [join('package-managers', packageManager)]),
  ];
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
