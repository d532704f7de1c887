import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../..');
const PUBLISHED = ['sdk', 'core', 'worker', 'server', 'testing', 'cli'];

/** The published packages as npm would publish them, from the last build: name and path of the tarball. */
export async function packPackages(folder: string): Promise<Map<string, string>> {
  const workspaces = PUBLISHED.flatMap((name) => ['--workspace', `packages/${name}`]);
  const args = ['pack', '--json', '--pack-destination', folder, ...workspaces];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: repository, maxBuffer: 64 * 1_024 * 1_024 });
  // What scripts of packages print comes first.
  const packed = JSON.parse(stdout.slice(stdout.search(/^[[{]$/m))) as Record<
    string,
    { name: string; filename: string }
  >;
  return new Map(Object.values(packed).map(({ name, filename }) => [name, join(folder, filename)]));
}
