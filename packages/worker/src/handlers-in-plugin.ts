import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { PluginOptions } from '@cloudtask/sdk/define-config';
import type { Plugin } from '@cloudtask/sdk/define-plugin';
import { checkPluginOptions } from './check-plugin-options.ts';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { handlersAmong, handlersInFile, refuseWorldWritable } from './handlers-in-folder.ts';
import { type PluginManifest, readPluginManifest, refuseOtherVersions } from './plugin-manifest.ts';

/** A plugin that a worker is to run. */
export interface PluginSource {
  /** An installed package, a file (`./plugins/audit.ts`), or the plugin itself. */
  plugin: string | Plugin;
  options?: PluginOptions;
  /** Where its name or path is seen from. Default: the working directory. */
  from?: string;
}

/** The handlers of all of them. What two packages say of the same type is refused before any of their code runs. */
export async function handlersInPlugins(sources: readonly PluginSource[]): Promise<FoundHandler[]> {
  const manifests = await refuseUnfitPlugins(sources);
  const found: FoundHandler[] = [];
  for (const [index, source] of sources.entries()) found.push(...(await handlersIn(source, manifests[index])));
  return found;
}

/** What their packages say of them, in their order; refuses what that alone shows to be wrong. */
export async function refuseUnfitPlugins(sources: readonly PluginSource[]): Promise<(PluginManifest | undefined)[]> {
  const manifests = await Promise.all(sources.map(manifestOf));
  refuseClashes(sources, manifests);
  return manifests;
}

async function manifestOf({ plugin, from = process.cwd() }: PluginSource): Promise<PluginManifest | undefined> {
  return typeof plugin === 'string' && !isPath(plugin) ? await readPluginManifest(plugin, from) : undefined;
}

function isPath(plugin: string): boolean {
  return /^\.{1,2}\//.test(plugin) || isAbsolute(plugin);
}

function refuseClashes(sources: readonly PluginSource[], manifests: readonly (PluginManifest | undefined)[]): void {
  const owners = new Map<string, string>();
  for (const [index, manifest] of manifests.entries()) {
    const prefix = sources[index]?.options?.prefix ?? '';
    for (const type of manifest?.types ?? []) {
      const [whole, name] = [`${prefix}${type}`, manifest?.name ?? ''];
      const other = owners.get(whole);
      if (other !== undefined) {
        throw new HandlersRefused(
          `two plugins have handlers for the type "${whole}": ${other} and ${name}. Give one of them a prefix in ` +
            `cloudtask.config.ts: ['${name}', { prefix: 'other.' }]`,
        );
      }
      owners.set(whole, name);
    }
  }
}

async function handlersIn(source: PluginSource, manifest: PluginManifest | undefined): Promise<FoundHandler[]> {
  const { plugin, options } = source;
  const [found, name] = await exportsOf(source, manifest);
  if (found.length === 0) throw new HandlersRefused(`the plugin ${name} exports no handler`);
  for (const each of found) refuseOtherVersions(name, each.plugin?.apiVersion);
  if (manifest?.types) refuseOtherTypes(manifest.types, found, name);
  return options === undefined && typeof plugin === 'string' ? found : await withOptions(found, options ?? {}, name);
}

async function exportsOf(
  { plugin, from = process.cwd() }: PluginSource,
  manifest: PluginManifest | undefined,
): Promise<[FoundHandler[], string]> {
  if (typeof plugin !== 'string') {
    return [handlersAmong({ plugin }, `the plugin "${plugin.name}"`), plugin.name];
  }
  const path = manifest?.entry ?? resolve(from, plugin);
  const file = await realpath(path).catch((cause: unknown) => {
    throw new HandlersRefused(`the plugin ${plugin} cannot be read: there is no file ${path}`, { cause });
  });
  await refuseWorldWritable(file);
  return [await handlersInFile(file), plugin];
}

/** A manifest that says other types than there are would hide a clash. */
function refuseOtherTypes(said: readonly string[], found: readonly FoundHandler[], name: string): void {
  const types = found.map(({ handler }) => handler.job.type);
  const wrong = [...types.filter((type) => !said.includes(type)), ...said.filter((type) => !types.includes(type))];
  if (wrong.length === 0) return;
  throw new HandlersRefused(
    `cloudtask.types in the package.json of ${name} and its handlers differ in ${wrong.map((type) => `"${type}"`).join(', ')}: ` +
      'tell its author, or install another version of it',
  );
}

async function withOptions(found: FoundHandler[], given: PluginOptions, name: string): Promise<FoundHandler[]> {
  const { prefix = '', ...options } = given;
  // One object for all its handlers: their services are built once for it.
  const schema = found.find(({ plugin }) => plugin?.configSchema)?.plugin?.configSchema;
  const config = await checkPluginOptions(schema, options, name);
  const isForPlugin = schema !== undefined || Object.keys(options).length > 0;
  return found.map((each) => {
    const { type } = each.handler.job;
    return {
      ...each,
      handler:
        prefix === '' ? each.handler : { ...each.handler, job: { ...each.handler.job, type: `${prefix}${type}` } },
      exportedType: type,
      plugin: { ...each.plugin, ...(isForPlugin && { given: { options, config } }) },
    };
  });
}
