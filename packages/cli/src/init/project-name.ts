import { isBuiltin } from 'node:module';
import { type CliError, usageError } from '../errors/cli-error.ts';
import { printable } from '../views/printable.ts';

const NAME = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
const LONGEST = 214;

/** Refuses what npm would refuse as the name of a package. */
export function checkProjectName(name: string): void {
  if (name.length > LONGEST) throw refused(name, `It is longer than ${LONGEST} characters.`);
  if (!NAME.test(name))
    throw refused(name, 'npm takes lower-case letters, digits and . _ ~ -, and a letter or digit first.');
  if (isBuiltin(name) || RESERVED.has(name)) throw refused(name, 'The name means something else to Node or npm.');
}

const RESERVED = new Set(['node_modules', 'favicon.ico', 'package.json']);

function refused(name: string, why: string): CliError {
  return usageError(`"${printable(name).slice(0, 60)}" cannot be the name of a package`, {
    why: `${why} The name is that of the folder, or --name.`,
    tryThis: `cloudtask init ${suggested(name)}`,
  });
}

function suggested(name: string): string {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 60);
  return near === '' || !NAME.test(near) || isBuiltin(near) || RESERVED.has(near) ? 'my-jobs' : near;
}
