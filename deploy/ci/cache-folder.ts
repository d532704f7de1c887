import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Packages, images and the data of our own engine: what makes the next run a matter of seconds. */
export function cacheFolder(): string {
  const { CLOUDTASK_STACK_CACHE: told, XDG_CACHE_HOME: base } = process.env;
  return told ? resolve(told) : join(base || join(homedir(), '.cache'), 'cloudtask-stack');
}
