import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { describe, it } from 'vitest';

export const composeFolder = join(import.meta.dirname, '..', 'compose');

/** What `docker compose config` makes of files, profiles and variables, as far as the tests look at it. */
export interface Stack {
  name: string;
  services: Record<string, ComposeService>;
}

export interface ComposeService {
  image: string;
  command?: string[] | null;
  environment?: Record<string, string>;
  user?: string;
  read_only?: boolean;
  init?: boolean;
  restart?: string;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  healthcheck?: { test: string[] };
  logging?: { driver: string; options: Record<string, string> };
  ports?: { host_ip?: string; target: number; published: string }[];
  volumes?: { type: string; source: string; target: string }[];
  secrets?: { source: string; target: string }[];
  networks?: Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas?: number; resources?: { limits?: { memory?: string; pids?: number } } };
}

export interface Resolve {
  files?: readonly string[];
  profiles?: readonly string[];
  variables?: Readonly<Record<string, string>>;
}

export function resolveStack(options: Resolve = {}): Stack {
  return JSON.parse(composeConfig(['--format', 'json'], options)) as Stack;
}

/** What compose makes of a folder as it is, with the .env in it. */
export function resolveFolder(folder: string): Stack {
  return JSON.parse(runCompose(['config', '--format', 'json'], surroundings(), folder)) as Stack;
}

/** `docker compose config` needs no engine. Throws what it wrote to standard error. */
export function composeConfig(
  flags: readonly string[],
  { files = [], profiles = [], variables = {} }: Resolve,
): string {
  const chosen = ['compose.yaml', ...files].flatMap((file) => ['-f', file]);
  const args = [
    ...['--env-file', '/dev/null'],
    ...chosen,
    ...profiles.flatMap((profile) => ['--profile', profile]),
    ...['config', ...flags],
  ];
  return runCompose(args, { ...surroundings(), ...variables });
}

/** `describe` where `docker compose` can be run; elsewhere the suite is skipped, and its title says for want of what. */
export function describeCompose(name: string, suite: () => void): void {
  if (isComposeHere()) describe(name, suite);
  else describe.skip(`${name} (no docker compose here)`, () => it('was not run', () => {}));
}

function isComposeHere(): boolean {
  try {
    runCompose(['version'], surroundings());
    return true;
  } catch {
    return false;
  }
}

/** CLOUDTASK_DOCKER names a `docker` with the plugin, or the plugin `docker-compose` itself. */
function runCompose(args: readonly string[], env: NodeJS.ProcessEnv, cwd = composeFolder): string {
  const program = process.env.CLOUDTASK_DOCKER || 'docker';
  const isPlugin = basename(program).startsWith('docker-compose');
  try {
    return execFileSync(program, isPlugin ? args : ['compose', ...args], {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr;
    throw new Error(said || `${program} cannot be run`, { cause: error });
  }
}

/** Nothing of the developer's own variables, which compose would read. */
function surroundings(): NodeJS.ProcessEnv {
  const { PATH, HOME, DOCKER_CONFIG } = process.env;
  return { PATH, HOME, ...(DOCKER_CONFIG && { DOCKER_CONFIG }) };
}
