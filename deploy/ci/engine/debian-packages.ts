import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectCommand } from '../run-command.ts';
import type { DebianMirror } from './debian-mirror.ts';

export interface PackageSet {
  /** Names the folder in the cache; another list of packages needs another name. */
  name: string;
  suite: string;
  packages: readonly string[];
}

/**
 * Downloads packages of any Debian suite and unpacks them into the cache: nothing is installed, no script of theirs runs, and
 * the machine's own packages stay as they are. Gives the folder, at once when an earlier run made it.
 */
export async function unpackPackages(cache: string, mirror: DebianMirror, set: PackageSet): Promise<string> {
  const folder = join(cache, 'packages', set.name);
  if (await exists(folder)) return folder;
  await mkdir(join(cache, 'packages'), { recursive: true });
  const work = await mkdtemp(join(cache, 'packages', 'unpacking-'));
  try {
    const env = { APT_CONFIG: await writeAptRoot(work, mirror, set.suite) };
    await expectCommand(['apt-get', 'update'], { env });
    await expectCommand(['apt-get', 'download', ...set.packages], { env, cwd: work });
    const unpacked = join(work, 'unpacked');
    for (const file of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await expectCommand(['dpkg', '-x', join(work, file), unpacked]);
    }
    await rename(unpacked, folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An apt of its own, so that the machine's sources never get to know the foreign suite. */
async function writeAptRoot(folder: string, { url, keyring }: DebianMirror, suite: string): Promise<string> {
  for (const name of ['lists/partial', 'cache/archives/partial']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${url} ${suite} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const file = join(folder, 'apt.conf');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  return file;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
