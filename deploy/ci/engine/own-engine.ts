import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import { expectCommand, lastLines, runCommand } from '../run-command.ts';
import type { DebianMirror } from './debian-mirror.ts';
import { exists, unpackPackages } from './debian-packages.ts';
import { type EngineEnvironment, engineLabel } from './engine.ts';

/** trixie's build of the engine needs no newer C library than Debian 12 has; its runc and iptables would. */
const enginePackages = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
const hostPackages = ['runc', 'tini', 'iptables', 'libip4tc2', 'libip6tc2', 'libxtables12', 'libnftnl11', 'libmnl0'];

const bridge = 'cloudtask-ci0';
// A range that other engines do not take by default: theirs begin at 172.17 and 192.168.
const addresses = { prefix: '10.213.', bridge: '10.213.0.1/24', pool: '10.213.128.0/17' };

export interface OwnEngine {
  env: EngineEnvironment;
  close(): Promise<void>;
}

/** The CLI with its plug-ins; it runs without root, and without an engine it can still check compose files. */
export async function unpackDockerCli(cache: string, mirror: DebianMirror): Promise<EngineEnvironment> {
  const engine = await unpackPackages(cache, mirror, {
    name: 'engine-trixie',
    suite: 'trixie',
    packages: enginePackages,
  });
  const config = join(cache, 'docker-config');
  if (!(await exists(join(config, 'cli-plugins')))) {
    await cp(join(engine, 'usr/libexec/docker/cli-plugins'), join(config, 'cli-plugins'), { recursive: true });
  }
  return {
    PATH: [join(engine, 'usr/bin'), join(engine, 'usr/sbin'), process.env.PATH].join(delimiter),
    DOCKER_CONFIG: config,
    DOCKER_HOST: `unix://${socketOf(cache)}`,
  };
}

export function socketOf(cache: string): string {
  return join(cache, 'docker.sock');
}

export async function startOwnEngine(cache: string, mirror: DebianMirror): Promise<OwnEngine> {
  if (process.getuid?.() !== 0) throw new Error('starting a Docker Engine needs root');
  // The kernel's limit for the name of a socket is 107 bytes.
  if (socketOf(cache).length > 100) throw new Error(`CLOUDTASK_STACK_CACHE is too long for a socket in it: ${cache}`);
  const cli = await unpackDockerCli(cache, mirror);
  const host = await unpackHostTools(cache, mirror);
  const env = { ...process.env, ...cli, ...host, PATH: [join(cache, 'host-bin'), cli.PATH].join(delimiter) };
  const run = join('/run', `cloudtask-stack-${createHash('sha256').update(cache).digest('hex').slice(0, 8)}`);
  await rm(socketOf(cache), { force: true });
  await mkdir(run, { recursive: true });
  const forwarding = await openNetwork(run, env);
  const daemon = spawn('dockerd', ['--config-file', await writeConfiguration(cache, run)], {
    env,
    // A Ctrl-C in the terminal must not reach it: what runs in it is taken down first.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(cache, 'dockerd.log'));
  daemon.stdout.pipe(log, { end: false });
  daemon.stderr.pipe(log, { end: false });
  const stopper = spawn('sh', [stopScript, String(daemon.pid), run, bridge, addresses.prefix, forwarding], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const close = closeOnce(stopper, daemon);
  try {
    await untilItAnswers(daemon, cli, cache);
    await removeLeftovers(cli);
    return { env: cli, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const stopScript = new URL('stop-engine.sh', import.meta.url).pathname;

function closeOnce(stopper: ChildProcess, daemon: ChildProcess): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= (async () => {
      const stopped = once(stopper, 'exit');
      stopper.stdin?.end();
      await stopped;
      daemon.stdout?.destroy();
      daemon.stderr?.destroy();
    })();
    return closing;
  };
}

/** What the engine calls and a Debian machine need not have; of the machine's own suite, for its C library. */
async function unpackHostTools(cache: string, mirror: DebianMirror): Promise<NodeJS.ProcessEnv> {
  const suite = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const tools = await unpackPackages(cache, mirror, { name: `host-${suite}`, suite, packages: hostPackages });
  const bin = join(cache, 'host-bin');
  if (!(await exists(bin))) {
    await mkdir(bin, { recursive: true });
    // Debian names these by its alternatives system, which only an installation sets up.
    for (const name of [
      'iptables',
      'iptables-save',
      'iptables-restore',
      'ip6tables',
      'ip6tables-save',
      'ip6tables-restore',
    ]) {
      await symlink(join(tools, 'usr/sbin/xtables-nft-multi'), join(bin, name));
    }
    await symlink(join(tools, 'usr/sbin/runc'), join(bin, 'runc'));
    await symlink(join(tools, 'usr/bin/tini-static'), join(bin, 'docker-init'));
  }
  return {
    LD_LIBRARY_PATH: [join(tools, 'usr/lib/x86_64-linux-gnu'), join(tools, 'lib/x86_64-linux-gnu')].join(delimiter),
    XTABLES_LIBDIR: join(tools, 'usr/lib/x86_64-linux-gnu/xtables'),
  };
}

/** A bridge of our own, so that another engine's `docker0` is neither used nor removed. Gives what forwarding was set to. */
async function openNetwork(run: string, env: NodeJS.ProcessEnv): Promise<string> {
  for (const tables of ['iptables', 'ip6tables']) {
    const { code, stdout } = await runCommand([`${tables}-save`], { env });
    // Empty tables are saved as nothing, but must be restored as empty: the engine leaves chains and a policy behind.
    if (code === 0) await writeFile(join(run, tables), stdout.trim() === '' ? emptyTables : stdout);
  }
  await runCommand(['ip', 'link', 'del', bridge]);
  await expectCommand(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await expectCommand(['ip', 'addr', 'add', addresses.bridge, 'dev', bridge]);
  await expectCommand(['ip', 'link', 'set', bridge, 'up']);
  return (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim();
}

const emptyTables = ['filter', 'nat', 'raw', 'mangle']
  .map((table) => {
    const chains = {
      filter: 'INPUT FORWARD OUTPUT',
      nat: 'PREROUTING INPUT OUTPUT POSTROUTING',
      raw: 'PREROUTING OUTPUT',
    };
    const names = chains[table as keyof typeof chains] ?? 'PREROUTING INPUT FORWARD OUTPUT POSTROUTING';
    return `*${table}\n${names
      .split(' ')
      .map((name) => `:${name} ACCEPT\n`)
      .join('')}COMMIT\n`;
  })
  .join('');

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
  let why: Error | undefined;
  daemon.once('error', (error) => {
    why = error;
  });
  const isUp = async (): Promise<boolean> => {
    if (why || daemon.exitCode !== null) return true;
    return (await runCommand(['docker', 'version'], { env })).code === 0;
  };
  await eventually(isUp, { timeoutMs: 60_000, intervalMs: 200, describe: 'the Docker Engine' }).catch(
    (error: Error) => {
      why = error;
    },
  );
  if (daemon.exitCode !== null) why = new Error(`dockerd ended with ${daemon.exitCode}`);
  if (!why) return;
  const said = lastLines(await readFile(join(cache, 'dockerd.log'), 'utf8').catch(() => ''), 8);
  throw new Error(`${why.message}; the end of ${join(cache, 'dockerd.log')}:\n${said}`);
}

/** A run that was killed leaves containers that the engine starts again, and their volumes. Nobody else uses this engine. */
async function removeLeftovers(env: EngineEnvironment): Promise<void> {
  const ids = (await expectCommand(['docker', 'ps', '-aq'], { env })).split('\n').filter(Boolean);
  if (ids.length > 0) await expectCommand(['docker', 'rm', '-fv', ...ids], { env });
  await expectCommand(['docker', 'network', 'prune', '-f'], { env });
  await expectCommand(['docker', 'volume', 'prune', '-af'], { env });
}

export async function isSocket(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
