import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { usageError } from '../errors/cli-error.ts';
import { openProjectSources } from '../open-project.ts';
import type { Surroundings } from '../surroundings.ts';
import type { PluginEntry } from './plugin-entry.ts';

/** The project whose plugins are changed. */
export interface PluginProject {
  /** Its configuration; one that is not there yet is to be made so. */
  configFile: string;
  /** What is in it; of one that is not there: what it begins with. */
  source: string;
  isNew: boolean;
  /** Where its package.json is. */
  folder: string;
  /** What its configuration names. */
  plugins: PluginEntry[];
}

export async function openPluginProject(
  surroundings: Surroundings,
  flags: { config?: string | undefined },
): Promise<PluginProject> {
  const { cwd } = surroundings;
  // The variable stands in for what the configuration says, and that is what is changed.
  const env = { ...surroundings.env, CLOUDTASK_PLUGINS: undefined };
  const { configFile: found, folder: handlers, plugins } = await openProjectSources({ ...surroundings, env }, flags);
  const root = packageFolder(found === null ? cwd : dirname(found));
  const configFile = found ?? join(root, 'cloudtask.config.ts');
  const source = found === null ? newConfig(root, handlers) : await readFile(found, 'utf8');
  const named = plugins.flatMap(({ plugin, options }) =>
    typeof plugin === 'string' ? [{ name: plugin, prefix: options?.prefix }] : [],
  );
  return { configFile, source, isNew: found === null, folder: root, plugins: named };
}

function packageFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) break;
  }
  throw usageError('there is no project here', {
    why: `Neither ${from} nor a folder above it has a package.json that a plugin could be installed for.`,
    tryThis: 'cloudtask init',
  });
}

/** With the folder that is found without a configuration, too: with one it counts only when it is named. */
function newConfig(root: string, handlers: string | null): string {
  const usual = ['handlers', join('src', 'handlers')].map((name) => join(root, name)).find((path) => existsSync(path));
  const folder = handlers ?? usual;
  const line = folder === undefined ? '' : `  handlers: './${relative(root, folder)}',\n`;
  return `import { defineConfig } from '@cloudtask/sdk';\n\nexport default defineConfig({\n${line}});\n`;
}
