// `npm run rehearse-release -- [patch|minor|major|1.2.3]`: a release up to the point where others would see it, in a clone
// that is thrown away: the next version, its build, its tarballs, and what npm says to publishing each. Takes what is committed.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PublishedPackage, publishedPackages, root, tarballOf } from './published-packages.ts';
import { runNpm } from './run-npm.ts';

// Nothing listens there: a rehearsal asks nobody, and could not publish by mistake.
const NO_REGISTRY = ['--registry=http://127.0.0.1:1/', '--fetch-retries=0'];

const bump = process.argv[2] ?? 'patch';
const folder = await mkdtemp(path.join(tmpdir(), 'cloudtask-release-'));
try {
  const clone = path.join(folder, 'clone');
  await cloneWithModules(clone);
  raiseVersion(clone);
  const packages = publishedPackages(clone);
  refuseMixedVersions(packages);
  build(clone);
  const packed = path.join(folder, 'packed');
  runScript(clone, 'scripts/packages/pack.ts', [packed]);
  console.log(`${packages[0]?.manifest.version}, in this order:`);
  for (const each of packages) await rehearsePublishing(each, packed);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The packages of others are those that are installed; ours are the clone's own. */
async function cloneWithModules(clone: string): Promise<void> {
  // lerna releases from main alone, whatever the branch is called that is rehearsed.
  execFileSync('git', ['clone', '--quiet', '--no-local', root, clone]);
  execFileSync('git', ['checkout', '--quiet', '-B', 'main'], { cwd: clone });
  const modules = path.join(clone, 'node_modules');
  await mkdir(path.join(modules, '@cloudtask'), { recursive: true });
  const foreign = (await readdir(path.join(root, 'node_modules'))).filter((name) => !/^(\.|@cloudtask$)/.test(name));
  for (const name of foreign) await symlink(path.join(root, 'node_modules', name), path.join(modules, name));
  for (const name of await readdir(path.join(clone, 'packages'))) {
    await symlink(path.join(clone, 'packages', name), path.join(modules, '@cloudtask', name));
    const own = path.join(root, 'packages', name, 'node_modules');
    const has = await stat(own).catch(() => undefined);
    if (has) await symlink(own, path.join(clone, 'packages', name, 'node_modules'));
  }
}

function raiseVersion(clone: string): void {
  const flags = ['--yes', '--no-push', '--no-git-tag-version', '--loglevel=error'];
  runScript(clone, 'node_modules/lerna/dist/cli.js', ['version', bump, ...flags]);
}

function refuseMixedVersions(packages: readonly PublishedPackage[]): void {
  const version = packages[0]?.manifest.version;
  for (const { manifest } of packages) {
    const ours = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@cloudtask/'));
    for (const [name, wanted] of [[manifest.name, manifest.version] as const, ...ours]) {
      if (wanted !== version) throw new Error(`${manifest.name} has ${name} ${wanted}, the release is ${version}`);
    }
  }
}

function build(clone: string): void {
  runScript(clone, 'node_modules/typescript/bin/tsc', ['-b']);
  runScript(clone, 'packages/core/dist/database/build-seed.js', []);
}

async function rehearsePublishing(each: PublishedPackage, packed: string): Promise<void> {
  const tarball = tarballOf(each, packed);
  const { isOk, stdout, stderr } = await runNpm(['publish', tarball, '--dry-run', '--json', ...NO_REGISTRY], {
    cwd: packed,
  });
  if (!isOk) throw new Error(`npm would not publish ${each.manifest.name}:\n${stderr}`);
  const { id, entryCount, size } = theOnly(JSON.parse(stdout));
  console.log(`  ${id.padEnd(28)} ${String(entryCount).padStart(4)} files ${(size / 1_000).toFixed(1).padStart(8)} kB`);
}

interface DryRun {
  id: string;
  entryCount: number;
  size: number;
}

/** npm says it either as it is or under the name of the package. */
function theOnly(answer: DryRun | Record<string, DryRun>): DryRun {
  return 'id' in answer ? (answer as DryRun) : (Object.values(answer)[0] as DryRun);
}

function runScript(clone: string, file: string, args: readonly string[]): void {
  const env = { ...process.env, npm_config_prefer_offline: 'true', NX_DAEMON: 'false', CI: 'true' };
  execFileSync(process.execPath, ['--conditions=source', file, ...args], {
    cwd: clone,
    env,
    stdio: ['ignore', 'ignore', 2],
  });
}
