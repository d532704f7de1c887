import { basename, extname, relative, sep } from 'node:path';

/** Editors write a file in several steps, and a checkout writes many files. */
const DEBOUNCE_MS = 100;

export interface WatchCode {
  folder: string;
  /** Written to all the time, and no code. */
  dataFolder: string;
  /** Named files and folders outside of the folder. */
  others: readonly string[];
  /** Told once for all that changed together; paths from the folder. */
  onChange(paths: readonly string[]): void;
}

/** Watches what handlers may be made of. Resolves when every later change is seen. */
export async function watchCode({
  folder,
  dataFolder,
  others,
  onChange,
}: WatchCode): Promise<{ close(): Promise<void> }> {
  const { watch } = await import('chokidar');
  const watcher = watch([folder, ...others], {
    ignoreInitial: true,
    ignored: (path, stats) => path !== folder && !isCode(path, stats?.isFile() === true, { folder, dataFolder }),
  });
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const report = () => {
    onChange([...changed].sort());
    changed.clear();
  };
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    changed.add(relative(folder, path));
    clearTimeout(timer);
    timer = setTimeout(report, DEBOUNCE_MS);
  });
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', () => resolve());
    watcher.once('error', reject);
  });
  return {
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

const CODE = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']);
const NO_CODE = new Set(['node_modules', 'dist', 'coverage']);

/** Folders are looked into unless they hold no code; of files the ending decides. */
export function isCode(
  path: string,
  isFile: boolean,
  { folder, dataFolder }: Pick<WatchCode, 'folder' | 'dataFolder'>,
): boolean {
  if (path === dataFolder || path.startsWith(dataFolder + sep)) return false;
  const parts = relative(folder, path).split(sep);
  const name = basename(path);
  if (/^\.env(\.|$)/.test(name)) return true;
  if (parts.some((part) => NO_CODE.has(part) || (part.startsWith('.') && part !== '..'))) return false;
  return !isFile || CODE.has(extname(name)) || name.endsWith('.env');
}
