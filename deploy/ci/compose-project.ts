import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import type { EngineEnvironment } from './engine/engine.ts';
import { composeFolder } from './repository.ts';
import { expectCommand, runCommand } from './run-command.ts';

/** What one run of the stack is called and where it listens: two runs, and a stack in use, do not meet. */
export interface ComposeProject {
  name: string;
  env: NodeJS.ProcessEnv;
  /** `docker compose …` with the services of the profile `app` in view. */
  compose(...args: string[]): Promise<string>;
  /** `http://127.0.0.1:PORT` of a published port. */
  urlOf(service: string, port: number): Promise<string>;
  /** Asked inside the container: the workers' ports are not published, and each has its own. */
  read(container: string, url: string): Promise<string>;
  containersOf(service: string): Promise<string[]>;
  /** Containers, networks, volumes and the image of this run. */
  remove(): Promise<void>;
}

export interface ProjectOptions {
  /** Over compose.yaml; none unless given. */
  overrides?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export async function createProject(
  engine: EngineEnvironment,
  signal: AbortSignal,
  { overrides = [], env: more = {} }: ProjectOptions = {},
): Promise<ComposeProject> {
  const name = `cloudtask-test-${randomBytes(3).toString('hex')}`;
  const socket = /^unix:\/\/(.*)$/.exec(engine['DOCKER_HOST'] ?? '')?.[1];
  const env: NodeJS.ProcessEnv = {
    ...engine,
    ...(await freePorts()),
    COMPOSE_FILE: ['compose.yaml', ...overrides].join(':'),
    COMPOSE_PROFILES: 'app',
    CLOUDTASK_IMAGE: `${name}:dev`,
    // A job must be able to move from a worker that dies to another.
    WORKER_REPLICAS: '2',
    ...(socket && { DOCKER_SOCKET: socket }),
    ...more,
  };
  // Whoever runs this may have a stack of their own in the folder, with an .env that chooses other files.
  const flags = ['--project-name', name, '--env-file', '/dev/null', '--ansi', 'never', '--progress', 'quiet'];
  const composeCommand = ['docker', 'compose', ...flags];

  async function compose(...args: string[]): Promise<string> {
    return expectCommand([...composeCommand, ...args], { env, cwd: composeFolder, signal });
  }

  return {
    name,
    env,
    compose,
    async urlOf(service, port) {
      return `http://${(await compose('port', service, String(port))).trim()}`;
    },
    async read(container, url) {
      const script = `fetch(${JSON.stringify(url)}).then((r) => r.text()).then((text) => process.stdout.write(text))`;
      return expectCommand(['docker', 'exec', container, 'node', '-e', script], { env, signal });
    },
    async remove() {
      // Not with the run's signal: after a Ctrl-C this is what is still to be done.
      const down = ['down', '--volumes', '--remove-orphans', '--timeout', '5'];
      await expectCommand([...composeCommand, ...down], { env, cwd: composeFolder });
      await runCommand(['docker', 'image', 'rm', '--force', `${name}:dev`], { env });
    },
    async containersOf(service) {
      return (await compose('ps', '--quiet', service)).split('\n').filter(Boolean);
    },
  };
}

/** A free port for each `…_PORT` that the compose files ask for. */
async function freePorts(): Promise<Record<string, string>> {
  const text = await readFile(join(composeFolder, 'compose.yaml'), 'utf8');
  const names = [...new Set([...text.matchAll(/\$\{(\w+_PORT)\b/g)].map(([, name = '']) => name))];
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return Object.fromEntries(names.map((name, at) => [name, String([...ports][at])]));
}
