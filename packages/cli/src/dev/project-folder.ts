import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CONFIG_NAMES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `cloudtask.config.${ending}`);
const HANDLER_FOLDERS = ['handlers', join('src', 'handlers')];

export interface Project {
  /** Where the data are, and whose files are watched. */
  folder: string;
  hasConfig: boolean;
  /** Of a project without a configuration. */
  handlersFolder: string | undefined;
}

/** The nearest folder with a configuration, in or above this one; this one when there is none. */
export function findProject(cwd: string): Project {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (CONFIG_NAMES.some((name) => existsSync(join(folder, name)))) {
      return { folder, hasConfig: true, handlersFolder: undefined };
    }
    if (dirname(folder) === folder) break;
  }
  const handlersFolder = HANDLER_FOLDERS.map((name) => join(cwd, name)).find((path) => existsSync(path));
  return { folder: cwd, hasConfig: false, handlersFolder };
}
