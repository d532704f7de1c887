import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigurationError, type SettingProblem } from './configuration-error.ts';
import type { Parser } from './settings-parsers.ts';

/**
 * A setting is declared once; parser, type, `--help`, error messages, `.env.example` and the docs come from that.
 * Modules get values, they never read the environment.
 */
export interface Setting<T> {
  /** `CLOUDTASK_…` */
  env: string;
  /** Without dashes. Left out where a value must not show in the list of processes. */
  flag?: string;
  /** One sentence. */
  describe: string;
  parse: Parser<T>;
  /** As text, parsed like any value. Neither `default` nor `optional`: it must be set. */
  default?: string;
  optional?: true;
  /** Never shown; may be given as a file too, named by the variable with `_FILE` added. */
  secret?: true;
  /** Why a value that is fine for development must not be used in production. `values` are all settings, by `env`. */
  inProduction?(value: T, values: ReadonlyMap<string, unknown>): string | undefined;
}

export type Settings = Record<string, Setting<unknown>>;

export type Values<S extends Settings> = {
  [Name in keyof S]: S[Name] extends Setting<infer T>
    ? S[Name] extends { optional: true }
      ? T | undefined
      : T
    : never;
};

export interface Sources {
  flags: Readonly<Record<string, string | undefined>>;
  env: Readonly<Record<string, string | undefined>>;
  /** A file of variables; the environment wins. */
  envFile?: EnvFile | undefined;
  /** A program's own configuration, its values by the names of variables; all others win. */
  configFile?: EnvFile | undefined;
}

export interface EnvFile {
  path: string;
  values: Readonly<Record<string, string | undefined>>;
}

/** Flags win over variables, variables over the files, the files over defaults. Throws all that is wrong at once. */
export function readSettings<S extends Settings>(settings: S, sources: Sources): Values<S> {
  const found = findSettings(settings, sources);
  if (found.problems.length > 0) throw new ConfigurationError(found.problems);
  return Object.fromEntries(Object.keys(settings).map((name) => [name, found.values.get(name)])) as Values<S>;
}

/** The same for people: where each value comes from. Secrets are shown without what makes them secret. */
export interface FoundSetting {
  setting: Setting<unknown>;
  /** As it was written; undefined when not set. */
  written: string | undefined;
  from: string;
}

export function findSettings(settings: Settings, sources: Sources) {
  const problems: SettingProblem[] = [];
  const values = new Map<string, unknown>();
  const byEnv = new Map<string, unknown>();
  const found: FoundSetting[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const each = look(setting, sources, problems);
    found.push(each);
    const value = parsed(each, problems);
    values.set(name, value);
    byEnv.set(setting.env, value);
  }
  if (byEnv.get(ENVIRONMENT) === 'production') problems.push(...refusedInProduction(found, byEnv, problems));
  return { values, found, problems };
}

/** The one name this file knows: it decides whether the rules for production count. */
export const ENVIRONMENT = 'CLOUDTASK_ENV';

export function environmentVariables(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** The file named, which then must be there, or `.env` of the current directory, if there is one. */
export function readEnvFile(path: string | undefined): EnvFile | undefined {
  try {
    return { path: path ?? '.env', values: parseEnv(readFileSync(path ?? '.env', 'utf8')) };
  } catch (error) {
    if (path === undefined && isMissing(error)) return undefined;
    throw new ConfigurationError([
      { setting: '--settings-file', from: path ?? '.env', message: `cannot be read: ${reasonOf(error)}` },
    ]);
  }
}

function look(setting: Setting<unknown>, sources: Sources, problems: SettingProblem[]): FoundSetting {
  const { flags, env, envFile, configFile } = sources;
  const flagged = setting.flag === undefined ? undefined : flags[setting.flag];
  if (flagged !== undefined) return { setting, written: flagged, from: `flag --${setting.flag}` };
  const fromEnvironment = lookIn(env, setting, 'environment', problems);
  if (fromEnvironment) return fromEnvironment;
  const fromFile = envFile && lookIn(envFile.values, setting, envFile.path, problems);
  if (fromFile) return fromFile;
  const configured = configFile && lookIn(configFile.values, setting, configFile.path, problems);
  return (
    configured ?? { setting, written: setting.default, from: setting.default === undefined ? 'not set' : 'default' }
  );
}

/** An empty variable counts as not set: that is what compose makes of `${NAME:-}`. */
function lookIn(
  variables: EnvFile['values'],
  setting: Setting<unknown>,
  from: string,
  problems: SettingProblem[],
): FoundSetting | undefined {
  const own = variables[setting.env] || undefined;
  const path = (setting.secret && variables[`${setting.env}_FILE`]) || undefined;
  if (own !== undefined && path !== undefined) {
    const message = `is set twice: as ${setting.env} and as ${setting.env}_FILE – keep one of them`;
    problems.push({ setting: setting.env, from, message });
  }
  if (own !== undefined) return { setting, written: own, from };
  if (path === undefined) return undefined;
  return { setting, written: readSecret(setting, path, problems), from: `file ${path}` };
}

function readSecret(setting: Setting<unknown>, path: string, problems: SettingProblem[]): string | undefined {
  try {
    // Editors and `echo` end a file with a line break that nobody means.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push({ setting: setting.env, from: `file ${path}`, message: `cannot be read: ${reasonOf(error)}` });
    return undefined;
  }
}

function parsed({ setting, written, from }: FoundSetting, problems: SettingProblem[]): unknown {
  if (written === undefined) {
    const isToldAlready = problems.some((problem) => problem.setting === setting.env);
    if (!setting.optional && !isToldAlready) {
      problems.push({ setting: setting.env, from, message: `must be set: ${setting.describe}`, flag: setting.flag });
    }
    return undefined;
  }
  try {
    return setting.parse(written);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ setting: setting.env, from, message: aboutValue(setting, written, message), flag: setting.flag });
    return undefined;
  }
}

/** Parsers do not repeat the value; should one do it all the same, a secret still stays unsaid. */
function aboutValue(setting: Setting<unknown>, written: string, message: string): string {
  if (!setting.secret) return `${JSON.stringify(written)} ${message}`;
  return `the value (not shown) ${written === '' ? message : message.replaceAll(written, '…')}`;
}

function refusedInProduction(
  found: readonly FoundSetting[],
  values: ReadonlyMap<string, unknown>,
  problems: readonly SettingProblem[],
): SettingProblem[] {
  return found.flatMap(({ setting, from }) => {
    const value = values.get(setting.env);
    if (value === undefined || problems.some((problem) => problem.setting === setting.env)) return [];
    const message = setting.inProduction?.(value, values);
    return message === undefined
      ? []
      : [{ setting: setting.env, from, flag: setting.flag, message: `${message} (${ENVIRONMENT}=production)` }];
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  if (isMissing(error)) return 'there is no such file';
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
