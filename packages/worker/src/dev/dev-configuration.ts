import { dirname, resolve } from 'node:path';
import { environmentVariables } from '@cloudtask/core/config';
import { readWorkerConfiguration, type WorkerConfiguration } from '../config-file.ts';
import { findConfigFile } from '../read-config-file.ts';
import { workerSettings } from '../settings.ts';
import { DEFAULT_FILES, loadVariables } from './dev-variables.ts';

/**
 * The configuration, with the variables of its files in the environment. The usual files are loaded before the configuration
 * runs, because it may read them. When it names others, they take their place and it is asked again: one that names files
 * and also reads variables is therefore best a function.
 */
export async function readDevConfiguration(
  flags: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<WorkerConfiguration | undefined> {
  const read = () => readWorkerConfiguration({ flags, env: environmentVariables() }, cwd);
  const takeOut = loadVariables(folderOf(flags, cwd), DEFAULT_FILES);
  const configuration = await read();
  const files = configuration?.devFiles;
  if (!files) return configuration;
  takeOut();
  loadVariables(dirname(configuration.settings.path), files);
  return await read();
}

/** Beside the configuration, or where there is none in the working directory. */
function folderOf(flags: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const { flag, env } = workerSettings.configFile;
  const named = flags[flag] || environmentVariables()[env];
  const path = named ? resolve(cwd, named) : findConfigFile(cwd);
  return path === undefined ? cwd : dirname(path);
}
