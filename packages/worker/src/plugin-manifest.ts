import { readFile } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PLUGIN_API_VERSION } from '@cloudtask/sdk/plugin-api-version';
import { HandlersRefused } from './found-handler.ts';

/** What the package.json of a plugin says of it: read without running any of its code. */
export interface PluginManifest {
  readonly name: string;
  readonly version?: string;
  /** Whether it calls itself a plugin: by `cloudtask` in its package.json, or by the keyword. */
  readonly isDeclared: boolean;
  /** The file that exports the plugin. */
  readonly entry: string;
  /** Of its handlers; undefined when it does not say. */
  readonly types?: readonly string[];
}

/** `from`: the folder whose packages are meant. Throws for a plugin that this worker cannot run. */
export async function readPluginManifest(name: string, from: string): Promise<PluginManifest> {
  const base = pathToFileURL(join(from, 'package.json'));
  try {
    const file = findPackageJSON(name, base);
    const manifest: CloudTaskManifest = file === undefined ? { isDeclared: false } : await readManifest(file);
    refuseOtherVersions(name, manifest.apiVersion);
    const entry = file && manifest.plugin !== undefined ? within(file, manifest.plugin) : undefined;
    const { types, version } = manifest;
    return {
      name,
      isDeclared: manifest.isDeclared,
      entry: entry ?? createRequire(base).resolve(name),
      ...(version !== undefined && { version }),
      ...(types && { types }),
    };
  } catch (cause) {
    if (cause instanceof HandlersRefused) throw cause;
    throw new HandlersRefused(`the package ${name} cannot be found from ${from}: npm install ${name}`, { cause });
  }
}

/** Whether a package of that name can be found from a folder. */
export function isPackageThere(name: string, from: string): boolean {
  try {
    return findPackageJSON(name, pathToFileURL(join(from, 'package.json'))) !== undefined;
  } catch {
    return false;
  }
}

interface CloudTaskManifest {
  isDeclared: boolean;
  /** Of the package. */
  version?: string;
  apiVersion?: number;
  plugin?: string;
  types?: readonly string[];
}

async function readManifest(file: string): Promise<CloudTaskManifest> {
  let json: { version?: unknown; keywords?: unknown; cloudtask?: Record<string, unknown> };
  try {
    json = JSON.parse(await readFile(file, 'utf8')) as typeof json;
  } catch (cause) {
    throw new HandlersRefused(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const { apiVersion, plugin, types } = json.cloudtask ?? {};
  const isList = Array.isArray(types) && types.every((type) => typeof type === 'string');
  if (types !== undefined && !isList) throw new HandlersRefused(`cloudtask.types in ${file} is no list of types`);
  if (apiVersion !== undefined && !Number.isInteger(apiVersion)) {
    throw new HandlersRefused(`cloudtask.apiVersion in ${file} is no whole number`);
  }
  const { keywords } = json;
  return {
    isDeclared: json.cloudtask !== undefined || (Array.isArray(keywords) && keywords.includes('cloudtask-plugin')),
    ...(typeof json.version === 'string' && { version: json.version }),
    ...(apiVersion !== undefined && { apiVersion: apiVersion as number }),
    ...(typeof plugin === 'string' && { plugin }),
    ...(isList && { types: types as string[] }),
  };
}

/** Also of plugins that were made by code alone. */
export function refuseOtherVersions(name: string, apiVersion: number = PLUGIN_API_VERSION): void {
  if (apiVersion === PLUGIN_API_VERSION) return;
  const install = apiVersion > PLUGIN_API_VERSION ? '@cloudtask/worker' : name;
  throw new HandlersRefused(
    `the plugin ${name} is made for version ${apiVersion} of the plugin API, this worker has version ` +
      `${PLUGIN_API_VERSION}: npm install ${install}@latest`,
  );
}

function within(manifest: string, plugin: string): string {
  const directory = dirname(manifest);
  const path = join(directory, plugin);
  if (path.startsWith(directory + sep)) return path;
  throw new HandlersRefused(`cloudtask.plugin in ${manifest} leads out of the package`);
}
