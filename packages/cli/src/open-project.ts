import { Flags } from '@oclif/core';
import { CliError } from './errors/cli-error.ts';
import { EXIT } from './errors/exit-codes.ts';
import { importProjectReader, type Project, type ProjectSources } from './import-worker.ts';
import type { Surroundings } from './surroundings.ts';

/** Which project: the same words as for a worker. */
export const projectFlags = {
  handlers: Flags.string({ description: 'folder of the handlers; else what the configuration says', helpValue: 'DIR' }),
  config: Flags.string({ description: 'configuration; else the nearest cloudtask.config.*', helpValue: 'FILE' }),
};

interface ProjectFlags {
  handlers?: string | undefined;
  config?: string | undefined;
}

/** The handlers of the project here, loaded into this process. */
export async function openProject(surroundings: Surroundings, flags: ProjectFlags): Promise<Project> {
  const { readProject } = await importProjectReader();
  return readProject(placeOf(surroundings, flags)).catch(refuse);
}

/** Where they are, without loading them. */
export async function openProjectSources(surroundings: Surroundings, flags: ProjectFlags): Promise<ProjectSources> {
  const { readProjectSources } = await importProjectReader();
  return readProjectSources(placeOf(surroundings, flags)).catch(refuse);
}

function placeOf({ cwd, env }: Surroundings, { handlers, config }: ProjectFlags) {
  return { cwd, env, handlers, config };
}

/** The worker says in a sentence what keeps it from starting; that is an answer, and no bug of this command. */
function refuse(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'HANDLERS_REFUSED' && code !== 'CONFIGURATION_INVALID') throw error;
  throw new CliError(message, { code, exit: EXIT.problems, cause: error });
}
