import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../../test/support/eventually.ts';
import { expectCommand, lastLines, runCommand } from '../run-command.ts';
import type { DebianMirror } from './debian-mirror.ts';
import { type EngineEnvironment, engineLabel } from './engine.ts';
import { addresses, bridge, openNetwork } from './host-network.ts';
import { socketOf, unpackEngine, unpackHostTools } from './unpack-engine.ts';

export interface OwnEngine {
  env: EngineEnvironment;
  /** Stops it and gives the machine its network back; closing twice is fine. It also happens when this process is killed. */
  close(): Promise<void>;
}

/** A Docker Engine with a data folder, a socket and a bridge of its own, beside whatever else runs on this machine. */
export async function startOwnEngine(cache: string, mirror: DebianMirror): Promise<OwnEngine> {
  if (process.getuid?.() !== 0) throw new Error('starting a Docker Engine needs root');
  // The kernel's limit for the name of a socket is 107 bytes.
  if (socketOf(cache).length > 100) throw new Error(`CLOUDTASK_STACK_CACHE is too long for a socket in it: ${cache}`);
  const cli = await unpackEngine(cache, mirror);
  const host = await unpackHostTools(cache, mirror);
  const env = { ...process.env, ...cli, ...host.env, PATH: [host.bin, cli.PATH].join(delimiter) };
  const run = join('/run', `cloudtask-stack-${createHash('sha256').update(cache).digest('hex').slice(0, 8)}`);
  await rm(socketOf(cache), { force: true });
  await mkdir(run, { recursive: true });
  const forwarding = await openNetwork(run, env);
  const log = openSync(join(cache, 'dockerd.log'), 'w');
  const [program, ...args] = ['dockerd', '--config-file', await writeConfiguration(cache, run)] as const;
  const daemon = spawn(program, args, {
    env,
    // A Ctrl-C in the terminal must not reach it: what runs in it is taken down first.
    detached: true,
    stdio: ['ignore', log, log],
  });
  const stopper = spawn('sh', [stopScript, String(daemon.pid), run, bridge, addresses.prefix, forwarding], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const close = closeOnce(stopper);
  try {
    await untilItAnswers(daemon, cli, cache);
    await removeLeftovers(cli);
    return { env: cli, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const stopScript = fileURLToPath(new URL('stop-engine.sh', import.meta.url));

function closeOnce(stopper: ChildProcess): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= (async () => {
      const stopped = once(stopper, 'exit');
      stopper.stdin?.end();
      await stopped;
    })();
    return closing;
  };
}

async function writeConfiguration(cache: string, run: string): Promise<string> {
  const file = join(cache, 'daemon.json');
  const settings = {
    hosts: [`unix://${socketOf(cache)}`],
    'data-root': join(cache, 'data'),
    'exec-root': join(run, 'exec'),
    pidfile: join(run, 'dockerd.pid'),
    bridge,
    'default-address-pools': [{ base: addresses.pool, size: 24 }],
    // Beside another engine both may share one containerd.
    'containerd-namespace': 'cloudtask-stack',
    'containerd-plugins-namespace': 'cloudtask-stack-plugins',
    labels: [engineLabel],
  };
  await writeFile(file, JSON.stringify(settings, null, 2));
  return file;
}

async function untilItAnswers(daemon: ChildProcess, env: EngineEnvironment, cache: string): Promise<void> {
  const ended = new Promise<Error>((resolve) => {
    daemon.once('error', resolve);
    daemon.once('exit', (code, signal) => resolve(new Error(`dockerd ended with ${code ?? signal}`)));
  });
  const isUp = async (): Promise<boolean> => (await runCommand(['docker', 'version'], { env })).code === 0;
  const up = eventually(isUp, { timeoutMs: 60_000, intervalMs: 200, describe: 'the Docker Engine' });
  const why = await Promise.race([
    ended,
    up.then(
      () => undefined,
      (error: Error) => error,
    ),
  ]);
  if (!why) return;
  up.catch(() => {});
  const said = lastLines(await readFile(join(cache, 'dockerd.log'), 'utf8'), 8);
  throw new Error(`${why.message}; the end of ${join(cache, 'dockerd.log')}:\n${said}`);
}

/** A run that was killed leaves containers that the engine starts again, and their volumes. Nobody else uses this engine. */
async function removeLeftovers(env: EngineEnvironment): Promise<void> {
  const ids = (await expectCommand(['docker', 'ps', '-aq'], { env })).split('\n').filter(Boolean);
  if (ids.length > 0) await expectCommand(['docker', 'rm', '-fv', ...ids], { env });
  await expectCommand(['docker', 'network', 'prune', '-f'], { env });
  await expectCommand(['docker', 'volume', 'prune', '-af'], { env });
  // Each run builds under a name of its own; layers that are still good stay in the build cache.
  await expectCommand(['docker', 'image', 'prune', '-f'], { env });
}
