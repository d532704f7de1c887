import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** Read in development unless `dev.env` of the configuration names others; those that are missing are passed over. */
export const DEFAULT_FILES = ['.env', '.env.local'] as const;

/**
 * Puts the variables of these files into the environment. What is there already wins; of two files the later one does. The
 * answer takes them out again.
 */
export function loadVariables(folder: string, files: readonly string[]): () => void {
  const found = files.map((file) => resolve(folder, file)).filter((path) => existsSync(path));
  const variables = Object.assign({}, ...found.map((path) => parseEnv(readFileSync(path, 'utf8')))) as object;
  const added = Object.entries(variables).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of added) process.env[name] = value;
  return () => {
    for (const [name] of added) delete process.env[name];
  };
}
