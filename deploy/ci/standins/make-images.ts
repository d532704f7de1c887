import { findDebianMirror } from '../engine/debian-mirror.ts';
import type { Engine } from '../engine/engine.ts';
import { runCommand } from '../run-command.ts';
import { buildStandIn } from './build-stand-ins.ts';
import { standInFor } from './stand-ins.ts';

export interface ImageMaker {
  engine: Engine;
  cache: string;
  signal: AbortSignal;
}

/** Sees to it that the engine has the image: a stand-in where it takes them, else what a registry gives. False: not to be had. */
export async function makeImage({ engine, cache, signal }: ImageMaker, image: string): Promise<boolean> {
  const standIn = engine.takesStandIns ? standInFor(image) : undefined;
  if (standIn) {
    await buildStandIn({ engine, cache, mirror: await findDebianMirror(), signal }, image, standIn);
    return true;
  }
  const { env } = engine;
  if ((await runCommand(['docker', 'image', 'inspect', image], { env })).code === 0) return true;
  // Where no registry can be reached this says so at once.
  return (await runCommand(['docker', 'pull', '--quiet', image], { env, signal })).code === 0;
}
