import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config, ConfigOf } from '@cloudtask/sdk/define-config';
import type { ConfigSource } from './config-source.ts';
import { HandlersRefused } from './found-handler.ts';
import { refuseWorldWritable } from './handlers-in-folder.ts';

/** The nearest `cloudtask.config.*`, in this folder or one above it. Nobody named it, so it must be of this user or of root. */
export function findConfigFile(from: string): string | undefined {
  for (const name of NAMES) if (existsSync(join(from, name))) return refuseForeign(join(from, name));
  const above = dirname(from);
  return above === from ? undefined : findConfigFile(above);
}

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `cloudtask.config.${ending}`);

/** Above a working directory that others share, like /tmp, anybody may have put one. */
function refuseForeign(path: string): string {
  const user = process.getuid?.();
  const { uid } = statSync(path);
  if (user === undefined || uid === user || uid === 0) return path;
  throw new HandlersRefused(`${path} belongs to another user and was not named: use --config ${path} if you trust it`);
}

/** Runs the file, under Node's own type stripping. What is wrong with it is told with file and line. */
export async function readConfigFile({ path, mode }: ConfigSource): Promise<{ path: string; config: Config }> {
  if (!existsSync(path)) throw new HandlersRefused(`the configuration ${path} cannot be read: there is no such file`);
  const file = realpathSync(resolve(path));
  await refuseWorldWritable(file);
  const config = await evaluate(file, mode);
  refuseUnknown(config, ALLOWED, file);
  refuseUnknown((config as Config).worker ?? {}, ALLOWED_OF_WORKER, file);
  refuseUnknown((config as Config).dev ?? {}, ALLOWED_OF_DEV, file);
  refuseWrongKinds(config as Config, file);
  return { path: file, config: config as Config };
}

async function evaluate(file: string, mode: string): Promise<object> {
  let exported: { default?: ConfigOf };
  let config: unknown;
  try {
    exported = (await import(pathToFileURL(file).href)) as typeof exported;
    const given = exported.default;
    config = typeof given === 'function' ? await given({ mode }) : given;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HandlersRefused(`${placeOf(cause, file)}: the configuration cannot be loaded: ${reason}`, { cause });
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  throw new HandlersRefused(
    `${file}: the configuration must be the default export: export default defineConfig({ … })`,
  );
}

/** Node writes the place of an error of syntax before the message, and that of any other into the first lines of the stack. */
function placeOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(file);
  const line = at < 0 ? null : /^:(\d+)/.exec(stack.slice(at + file.length));
  return line ? `${file}:${line[1]}` : file;
}

const ALLOWED = ['handlers', 'plugins', 'services', 'use', 'overrides', 'worker', 'dev'];
const ALLOWED_OF_WORKER = ['concurrency', 'queues', 'name', 'grace', 'childEnv', 'captureConsole'];
const ALLOWED_OF_DEV = ['env'];

function refuseUnknown(part: object, allowed: readonly string[], file: string): void {
  for (const key of Object.keys(part)) {
    if (!allowed.includes(key)) {
      throw new HandlersRefused(`${lineOf(key, file)}: there is no "${key}" here: use ${allowed.join(', ')}`);
    }
  }
}

function refuseWrongKinds({ handlers, plugins, services, use, worker, dev }: Config, file: string): void {
  const refuse = (key: string, what: string) => {
    throw new HandlersRefused(`${lineOf(key, file)}: "${key}" must be ${what}`);
  };
  if (handlers !== undefined && (typeof handlers !== 'string' || /[*?{]/.test(handlers))) {
    refuse('handlers', 'a folder, whose files are looked through at any depth');
  }
  if (plugins !== undefined && !Array.isArray(plugins)) refuse('plugins', 'a list');
  if (use !== undefined && !(Array.isArray(use) && use.every((each) => typeof each === 'function'))) {
    refuse('use', 'a list of functions');
  }
  for (const [name, factory] of Object.entries(services ?? {})) {
    if (typeof factory !== 'function') refuse(name, 'a function that builds the service');
  }
  if (dev?.env !== undefined && !(Array.isArray(dev.env) && dev.env.every((each) => typeof each === 'string'))) {
    refuse('env', 'a list of files');
  }
  if (worker !== undefined && (typeof worker !== 'object' || worker === null)) refuse('worker', 'an object');
}

/** The first line of the file that names the key; the file alone when it is made by other means. */
function lineOf(key: string, file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  const written = [`${key}:`, `'${key}':`, `"${key}":`, `${key}(`, `${key},`];
  const index = lines.findIndex((line) => written.some((text) => line.includes(text)));
  return index < 0 ? file : `${file}:${index + 1}`;
}
