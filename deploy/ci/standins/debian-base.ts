import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianMirror } from '../engine/debian-mirror.ts';
import { unpackPackages } from '../engine/debian-packages.ts';
import type { EngineEnvironment } from '../engine/engine.ts';
import { expectCommand, runCommand } from '../run-command.ts';
import type { StandIn } from './stand-ins.ts';

/** A minimal Debian as an image, made once per suite. It has no curl and no ps, as the slim images of others have none. */
export async function buildDebianBase(
  env: EngineEnvironment,
  cache: string,
  mirror: DebianMirror,
  suite: StandIn['suite'],
  signal: AbortSignal,
): Promise<string> {
  const image = `cloudtask.local/debian:${suite}`;
  if ((await runCommand(['docker', 'image', 'inspect', image], { env })).code === 0) return image;
  const tool = await unpackPackages(cache, mirror, { name: 'mmdebstrap', suite: 'bookworm', packages: ['mmdebstrap'] });
  const work = join(cache, 'base');
  await mkdir(work, { recursive: true });
  const options = join(work, 'apt-options');
  await writeFile(options, mirror.options.map((line) => `${line}\n`).join(''));
  const archive = join(work, `${suite}.tar`);
  try {
    const source = `deb [signed-by=${mirror.keyring}] ${mirror.url} ${suite} main`;
    const setUp = ['--mode=root', '--variant=minbase', '--include=ca-certificates', `--aptopt=${options}`];
    await expectCommand(['perl', join(tool, 'usr/bin/mmdebstrap'), ...setUp, suite, archive, source], { signal });
    await expectCommand(['docker', 'import', '--change', 'CMD ["bash"]', archive, image], { env, signal });
  } finally {
    await rm(archive, { force: true });
  }
  return image;
}
