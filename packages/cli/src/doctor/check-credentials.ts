import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Finding, finding } from './finding.ts';

/** Sessions are for their owner alone: neither the file nor its folder may be open to others. */
export function checkCredentials(path: string): Finding {
  const mode = modeOf(path);
  if (mode === undefined) return finding('credentials', 'ok', 'no sessions are stored');
  // Windows has no such bits and shows them set.
  if (process.platform === 'win32') return finding('credentials', 'ok', `sessions are in ${path}`);
  if ((mode & 0o077) !== 0) {
    return finding('credentials', 'fail', `others can read ${path} (mode ${text(mode)})`, `chmod 600 ${path}`);
  }
  const folder = dirname(path);
  const folderMode = modeOf(folder) ?? 0;
  if ((folderMode & 0o022) !== 0) {
    return finding(
      'credentials',
      'fail',
      `others can write to ${folder} (mode ${text(folderMode)})`,
      `chmod 700 ${folder}`,
    );
  }
  return finding('credentials', 'ok', `credentials have mode ${text(mode)}`);
}

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode;
}

function text(mode: number): string {
  return (mode & 0o777).toString(8);
}
