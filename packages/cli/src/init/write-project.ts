import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { ProjectFiles } from './project-files.ts';

export interface Written {
  /** Paths in the project, in the order of their names. */
  created: string[];
  /** There already, and left as they are. */
  kept: string[];
}

/** Writes what is not there yet; a file that is there is never touched. */
export async function writeProject(folder: string, files: ProjectFiles): Promise<Written> {
  const written: Written = { created: [], kept: [] };
  for (const path of [...files.keys()].sort()) {
    const isNew = await writeNew(join(folder, path), files.get(path) ?? '');
    written[isNew ? 'created' : 'kept'].push(path);
  }
  return written;
}

/** Refuses to mix a project with what else is in the folder. */
export async function refuseUsedFolder(folder: string, shown: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw cannotWrite(folder, error);
  });
  const others = entries.filter((name) => !NO_CONTENT.has(name));
  if (others.length === 0) return;
  const some = others.sort().slice(0, 3).join(', ');
  throw new CliError(`${shown === '.' ? 'this folder' : shown} is not empty`, {
    code: 'FOLDER_NOT_EMPTY',
    exit: EXIT.refused,
    why: `It has ${some}${others.length > 3 ? ` and ${others.length - 3} more` : ''}. With --in-place only files that are not there are added.`,
    tryThis: `cloudtask init ${shown} --in-place`,
  });
}

const NO_CONTENT = new Set(['.git', '.DS_Store', '.idea', '.vscode']);

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (error as NodeJS.ErrnoException).syscall === 'open') {
      return false;
    }
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'It is not allowed to you.',
  EPERM: 'It is not allowed to you.',
  EROFS: 'The file system is read-only.',
  ENOSPC: 'The disk is full.',
  ENOTDIR: 'A file lies where a folder is needed.',
  EEXIST: 'A file lies where a folder is needed.',
};

function cannotWrite(path: string, error: NodeJS.ErrnoException): CliError {
  return new CliError(`cannot write ${path}`, {
    code: 'CANNOT_WRITE',
    exit: EXIT.other,
    why: REASONS[error.code ?? ''] ?? `${error.message}.`,
    cause: error,
  });
}
