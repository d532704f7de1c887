import { runCommand } from '../run-command.ts';
import { findDebianMirror } from './debian-mirror.ts';
import { type Engine, type EngineEnvironment, engineLabel } from './engine.ts';
import { startOwnEngine } from './own-engine.ts';
import { socketOf, unpackEngine } from './unpack-engine.ts';

// compose's `start_interval` came with Engine 25, whose API is 1.44.
const oldestApi = [1, 44] as const;

/** The engine that the user has, else one of our own. `CLOUDTASK_STACK_ENGINE=own` leaves the user's alone. */
export async function findEngine(cache: string): Promise<Engine> {
  const path = { PATH: process.env.PATH ?? '' };
  if (process.env.CLOUDTASK_STACK_ENGINE !== 'own') {
    const found = await ask(path);
    if (found) return { ...found, env: path, close: async () => {} };
  }
  const mirror = await findDebianMirror();
  const cli = await unpackEngine(cache, mirror);
  const running = await ask(cli);
  if (running) return { ...running, env: cli, close: async () => {} };
  const own = await startOwnEngine(cache, mirror);
  const started = await ask(own.env);
  return { takesStandIns: true, describe: started?.describe ?? socketOf(cache), ...own };
}

async function ask(env: EngineEnvironment): Promise<Pick<Engine, 'takesStandIns' | 'describe'> | undefined> {
  const format = '{{.Server.APIVersion}} {{.Server.Version}}';
  const { code, stdout } = await runCommand(['docker', 'version', '--format', format], { env }).catch(() => noAnswer);
  const [api = '', version = ''] = stdout.trim().split(' ');
  if (code !== 0 || !isNewEnough(api) || !(await hasCompose(env))) return undefined;
  const labels = await runCommand(['docker', 'info', '--format', '{{json .Labels}}'], { env });
  const isOurs = labels.stdout.includes(engineLabel);
  return { takesStandIns: isOurs, describe: `Docker Engine ${version}${isOurs ? ' from Debian packages' : ''}` };
}

const noAnswer = { code: -1, stdout: '', stderr: '' };

async function hasCompose(env: EngineEnvironment): Promise<boolean> {
  return (await runCommand(['docker', 'compose', 'version'], { env })).code === 0;
}

function isNewEnough(api: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number);
  return major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1]);
}
