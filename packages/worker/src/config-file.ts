import { dirname, resolve } from 'node:path';
import type { Settings, Sources } from '@cloudtask/core/config';
import { environment } from '@cloudtask/core/shared-settings';
import type { Config, ConfiguredPlugin, PluginOptions, WorkerConfig } from '@cloudtask/sdk/define-config';
import type { Plugin } from '@cloudtask/sdk/define-plugin';
import type { ConfigSource } from './config-source.ts';
import type { PluginSource } from './handlers-in-plugin.ts';
import { findConfigFile, readConfigFile } from './read-config-file.ts';
import { workerSettings } from './settings.ts';
import type { WorkerParts } from './worker-parts.ts';

/** What a configuration gives a worker: values for its settings, and what no setting can hold. */
export interface WorkerConfiguration {
  /** For `Sources.configFile`: by the names of variables. */
  settings: { path: string; values: Record<string, string | undefined> };
  /** What goes to `startWorker` as it is. */
  parts: Pick<WorkerParts, 'plugins' | 'overrides' | 'services' | 'use' | 'configFile'>;
  /** The files of variables that `dev.env` names, seen from the file. */
  devFiles?: readonly string[];
}

/** The file that was named, or the nearest above the working directory; undefined when there is none. */
export async function readWorkerConfiguration(
  { flags, env, envFile }: Sources,
  cwd: string,
): Promise<WorkerConfiguration | undefined> {
  const look = ({ env: name, flag = '' }: Settings[string]) => flags[flag] || env[name] || envFile?.values[name];
  const named = look(workerSettings.configFile);
  const path = named === undefined ? findConfigFile(cwd) : resolve(cwd, named);
  if (path === undefined) return undefined;
  const mode = look(environment) || environment.default;
  const source = { path, mode };
  const { config, path: file } = await readConfigFile(source);
  return {
    settings: { path: file, values: valuesOf(config, dirname(file)) },
    parts: partsOf(config, { ...source, path: file }),
    ...(config.dev?.env && { devFiles: config.dev.env }),
  };
}

function partsOf(config: Config, source: ConfigSource): WorkerConfiguration['parts'] {
  const { plugins = [], overrides, services, use } = config;
  return {
    plugins: plugins.map((each) => sourceOf(each, dirname(source.path))),
    ...(overrides && { overrides }),
    ...(services && { services }),
    ...(use && { use }),
    ...((services || use) && { configFile: source }),
  };
}

function sourceOf(configured: ConfiguredPlugin, from: string): PluginSource {
  const [plugin, options] = asPair(configured);
  return { plugin, from, ...(options && { options }) };
}

function asPair(configured: ConfiguredPlugin): readonly [string | Plugin, PluginOptions?] {
  return isPair(configured) ? configured : [configured];
}

// `Array.isArray` does not see that a readonly list is one.
function isPair(configured: ConfiguredPlugin): configured is readonly [string | Plugin, PluginOptions] {
  return Array.isArray(configured);
}

/** As they would be written in variables, so that they are read by the same parsers. */
function valuesOf({ handlers, plugins, worker = {} }: Config, folder: string): Record<string, string | undefined> {
  const names = plugins?.map((each) => asPair(each)[0]).filter((each) => typeof each === 'string');
  const { concurrency, queues, name, grace, childEnv, captureConsole } = worker;
  return {
    [workerSettings.handlersFolder.env]: handlers && resolve(folder, handlers),
    [workerSettings.plugins.env]: names?.join(','),
    [workerSettings.concurrency.env]: concurrency?.toString(),
    [workerSettings.queues.env]: queues && queuesText(queues),
    [workerSettings.workerName.env]: name,
    [workerSettings.shutdownGrace.env]: typeof grace === 'number' ? `${grace}ms` : grace,
    [workerSettings.childEnv.env]: childEnv?.join(','),
    [workerSettings.captureConsole.env]: captureConsole?.toString(),
  };
}

export function queuesText(queues: NonNullable<WorkerConfig['queues']>): string {
  if (isList(queues)) return queues.join(',');
  return Object.entries(queues)
    .map(([queue, { concurrency }]) => `${queue}:${concurrency}`)
    .join(',');
}

function isList(queues: NonNullable<WorkerConfig['queues']>): queues is readonly string[] {
  return Array.isArray(queues);
}
