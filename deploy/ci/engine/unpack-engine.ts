import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { DebianMirror } from './debian-mirror.ts';
import { exists, unpackPackages } from './debian-packages.ts';
import type { EngineEnvironment } from './engine.ts';

const enginePackages = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
// Of the machine's own suite, for its C library; the engine's own suite builds these for a newer one.
const hostPackages = ['runc', 'tini', 'iptables', 'libip4tc2', 'libip6tc2', 'libxtables12', 'libnftnl11', 'libmnl0'];

/**
 * The newest first: its BuildKit can check a Dockerfile, and it is closer to what users run. Stable's engine (26) is the net
 * for the day when sid's build needs a newer C library than this machine has.
 */
const suites = ['sid', 'trixie'];

/** The engine with its CLI and plug-ins. Nothing here needs root, and without an engine the CLI can still check compose files. */
export async function unpackEngine(cache: string, mirror: DebianMirror): Promise<EngineEnvironment> {
  for (const suite of suites) {
    const set = { name: `engine-${suite}`, suite, packages: enginePackages };
    const folder = await unpackPackages(cache, mirror, set);
    const env = {
      PATH: [join(folder, 'usr/bin'), join(folder, 'usr/sbin'), process.env.PATH].join(delimiter),
      DOCKER_CONFIG: await writeDockerConfig(cache, folder, suite),
      DOCKER_HOST: `unix://${socketOf(cache)}`,
    };
    if (await runHere(env)) return env;
  }
  throw new Error('no Docker Engine of Debian runs on this machine: its C library is too old for all of them');
}

export function socketOf(cache: string): string {
  return join(cache, 'docker.sock');
}

async function writeDockerConfig(cache: string, engine: string, suite: string): Promise<string> {
  const config = join(cache, `docker-config-${suite}`);
  const plugins = join(config, 'cli-plugins');
  if (!(await exists(plugins))) await cp(join(engine, 'usr/libexec/docker/cli-plugins'), plugins, { recursive: true });
  return config;
}

async function runHere(env: EngineEnvironment): Promise<boolean> {
  const programs = [
    ['dockerd', '--version'],
    ['containerd', '--version'],
    ['docker', 'compose', 'version'],
    ['docker', 'buildx', 'version'],
  ];
  const answers = await Promise.all(programs.map((program) => runCommand(program, { env })));
  return answers.every(({ code }) => code === 0);
}

/** What the engine calls and a Debian machine need not have. */
export async function unpackHostTools(
  cache: string,
  mirror: DebianMirror,
): Promise<{ bin: string; env: NodeJS.ProcessEnv }> {
  const suite = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const tools = await unpackPackages(cache, mirror, { name: `host-${suite}`, suite, packages: hostPackages });
  const bin = join(cache, 'host-bin');
  if (!(await exists(bin))) {
    await mkdir(bin, { recursive: true });
    // Debian names these by its alternatives system, which only an installation sets up.
    for (const name of ['iptables', 'ip6tables'].flatMap((each) => [each, `${each}-save`, `${each}-restore`])) {
      await symlink(join(tools, 'usr/sbin/xtables-nft-multi'), join(bin, name));
    }
    await symlink(join(tools, 'usr/sbin/runc'), join(bin, 'runc'));
    await symlink(join(tools, 'usr/bin/tini-static'), join(bin, 'docker-init'));
  }
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((folder) => join(tools, folder));
  const env = {
    LD_LIBRARY_PATH: libraries.join(delimiter),
    XTABLES_LIBDIR: join(tools, 'usr/lib/x86_64-linux-gnu/xtables'),
  };
  return { bin, env };
}
