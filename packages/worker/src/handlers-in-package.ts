import { readFile, realpath } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { handlersInFile, refuseWorldWritable } from './handlers-in-folder.ts';

/** The handlers of an installed package: of the file its `cloudtask.plugin` names, else of its main entry. */
export async function handlersInPackage(name: string, from: string = process.cwd()): Promise<FoundHandler[]> {
  const file = await realpath(await entryOf(name, from));
  await refuseWorldWritable(file);
  const found = await handlersInFile(file);
  if (found.length === 0) throw new HandlersRefused(`the package ${name} exports no handler (${file})`);
  return found;
}

async function entryOf(name: string, from: string): Promise<string> {
  const base = pathToFileURL(join(from, 'package.json'));
  try {
    const manifest = findPackageJSON(name, base);
    const plugin = manifest && (await readPluginPath(manifest));
    return plugin ?? createRequire(base).resolve(name);
  } catch (cause) {
    if (cause instanceof HandlersRefused) throw cause;
    throw new HandlersRefused(`the package ${name} cannot be found from ${from}: npm install ${name}`, { cause });
  }
}

async function readPluginPath(manifest: string): Promise<string | undefined> {
  const { cloudtask } = JSON.parse(await readFile(manifest, 'utf8')) as { cloudtask?: { plugin?: unknown } };
  if (typeof cloudtask?.plugin !== 'string') return undefined;
  const directory = dirname(manifest);
  const path = join(directory, cloudtask.plugin);
  if (!path.startsWith(directory + sep)) {
    throw new HandlersRefused(`cloudtask.plugin in ${manifest} leads out of the package`);
  }
  return path;
}
