import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { callingPackageManager } from '../init/package-manager-words.ts';

type Manager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const LOCK_FILES: [file: string, manager: Manager][] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

const WORDS: Record<Manager, { add: string[]; remove: string[] }> = {
  npm: { add: ['npm', 'install'], remove: ['npm', 'uninstall'] },
  pnpm: { add: ['pnpm', 'add'], remove: ['pnpm', 'remove'] },
  yarn: { add: ['yarn', 'add'], remove: ['yarn', 'remove'] },
  bun: { add: ['bun', 'add'], remove: ['bun', 'remove'] },
};

/** How this project takes a package in, and lets it go: by its nearest lock file, which a workspace has further up. */
export function packageCommands(folder: string, env: Record<string, string | undefined>) {
  return WORDS[managerOf(folder) ?? callingPackageManager(env)];
}

function managerOf(folder: string): Manager | undefined {
  const [, found] = LOCK_FILES.find(([file]) => existsSync(join(folder, file))) ?? [];
  if (found !== undefined) return found;
  const above = dirname(folder);
  return above === folder ? undefined : managerOf(above);
}
