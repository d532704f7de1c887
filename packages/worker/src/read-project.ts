import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readEnvFile, readSettings, type Sources } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import type { TypeRegistration } from '@cloudtask/core/protocol/register-types';
import type { Handler } from '@cloudtask/sdk/define-handler';
import type { AnyServices } from '@cloudtask/sdk/handler-services';
import type { Schema } from '@cloudtask/sdk/schema';
import { readWorkerConfiguration } from './config-file.ts';
import { HandlersRefused } from './found-handler.ts';
import { type PluginSource, refuseUnfitPlugins } from './handlers-in-plugin.ts';
import { type IdleFile, idleFileText } from './idle-files.ts';
import { findHandlers, type LoadedHandler, toHandlerMap } from './load-handlers.ts';
import { pluginsToLoad } from './plugins-to-load.ts';
import { ServiceHost } from './service-host.ts';
import { workerSettings } from './settings.ts';

export { idleFileText };

/** Where to look, and what was said about it. */
export interface ProjectPlace {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** A configuration file. Default: `CLOUDTASK_CONFIG`, else the nearest `cloudtask.config.*` above. */
  config?: string | undefined;
  /** A folder of handlers. Default: `CLOUDTASK_HANDLERS`, else what the configuration names. */
  handlers?: string | undefined;
}

/** What a project says about its handlers; none of them is loaded yet. */
export interface ProjectSources {
  configFile: string | null;
  /** Its handlers' folder. */
  folder: string | null;
  plugins: readonly PluginSource[];
}

/** The handlers of a project, as a worker that is started there would have them. */
export interface Project extends ProjectSources {
  /** By type. */
  handlers: ProjectHandler[];
  /** Files of its folder that were loaded for nothing. */
  idleFiles: IdleFile[];
  /** Closes the services that were built. */
  close(): Promise<void>;
}

/** One handler of a project. */
export interface ProjectHandler {
  handler: Handler;
  type: string;
  /** What a worker would tell the servers of its type. */
  about: TypeRegistration;
  /** Checks payloads: JSON Schema too. */
  payload: Schema | null;
  /** Where it came from, for people. */
  source: string;
  /** The file that exports it; null when it was passed in code. */
  file: string | null;
  /** Its type as that file knows it, without the prefix of a plugin. */
  ownType: string;
  /** Builds what it finds in `context.services`. */
  services(): Promise<AnyServices | undefined>;
}

/** Where the handlers of a project are. Runs its configuration, and no handler. Throws `HandlersRefused` with what and where. */
export async function readProjectSources(place: ProjectPlace): Promise<ProjectSources> {
  const { configFile, folder, plugins } = await lookAround(place);
  return { configFile, folder, plugins };
}

/**
 * The plugins that this configuration names, whatever variables say. `isChecked`: refuses those that are not there or do not
 * go together, by what their packages say; none of their code is run.
 */
export async function readConfiguredPlugins(
  config: string,
  { env, isChecked }: Pick<ProjectPlace, 'env'> & { isChecked: boolean },
): Promise<readonly PluginSource[]> {
  const flags = { [workerSettings.configFile.flag]: config };
  const configuration = await readWorkerConfiguration({ flags, env, envFile: undefined }, dirname(config));
  const plugins = configuration?.parts.plugins ?? [];
  if (isChecked) await refuseUnfitPlugins(plugins);
  return plugins;
}

/** Loads the handlers of a project without a server. Throws `HandlersRefused` with what and where. */
export async function readProject(place: ProjectPlace): Promise<Project> {
  const { configFile, folder, plugins, parts } = await lookAround(place);
  if (folder === null && plugins.length === 0) {
    throw new HandlersRefused(
      `no handlers are named here: use --handlers FOLDER, CLOUDTASK_HANDLERS, or \`handlers\` in ${configFile ?? 'a cloudtask.config.ts'}`,
    );
  }
  const { overrides = {}, services, use } = parts;
  const host = new ServiceHost({ logger: silentLogger, environment: place.env });
  const idleFiles: IdleFile[] = [];
  const onIdle = (file: IdleFile) => idleFiles.push(file);
  const found = await findHandlers({ ...(folder !== null && { folder }), plugins, overrides, onIdle });
  const map = toHandlerMap(found, {
    around: { host, ...(services && { services }), ...(use && { use }), reachChildren: true },
  });
  const handlers = found.map(({ handler, exportedType, module }) => {
    const loaded = map.get(handler.job.type) as LoadedHandler; // `toHandlerMap` has all of them, or throws
    return {
      handler,
      type: loaded.type,
      about: loaded.about as TypeRegistration, // every handler that was loaded has it
      payload: loaded.payload ?? null,
      source: loaded.source,
      file: module ?? null,
      ownType: exportedType ?? loaded.type,
      services: async () => loaded.services?.build(),
    };
  });
  handlers.sort((a, b) => (a.type < b.type ? -1 : 1));
  return { configFile, folder, plugins, handlers, idleFiles, close: () => host.close() };
}

async function lookAround({ cwd, env, config, handlers }: ProjectPlace) {
  const envPath = join(cwd, '.env');
  const flags = { [workerSettings.configFile.flag]: config, [workerSettings.handlersFolder.flag]: handlers };
  const sources: Sources = { flags, env, envFile: existsSync(envPath) ? readEnvFile(envPath) : undefined };
  const configuration = await readWorkerConfiguration(sources, cwd);
  const { handlersFolder, plugins } = readSettings(
    { handlersFolder: workerSettings.handlersFolder, plugins: workerSettings.plugins },
    { ...sources, configFile: configuration?.settings },
  );
  return {
    configFile: configuration?.settings.path ?? null,
    folder: handlersFolder === undefined ? null : resolve(cwd, handlersFolder),
    plugins: pluginsToLoad(plugins, configuration?.parts.plugins).map((each) => ({ from: cwd, ...each })),
    parts: configuration?.parts ?? { plugins: [] },
  };
}
