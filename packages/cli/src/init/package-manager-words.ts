import type { PackageManager } from './project-choices.ts';

type Words = Record<'install' | 'run' | 'test' | 'start' | 'exec' | 'add' | 'addDev' | 'set', string>;

/** How each of them is told the same. */
export const WORDS: Record<PackageManager, Words> = {
  npm: {
    install: 'npm install',
    run: 'npm run',
    test: 'npm test',
    start: 'npm start',
    exec: 'npx',
    add: 'npm install',
    addDev: 'npm install -D',
    set: 'npm pkg set',
  },
  pnpm: {
    install: 'pnpm install',
    run: 'pnpm run',
    test: 'pnpm test',
    start: 'pnpm start',
    exec: 'pnpm exec',
    add: 'pnpm add',
    addDev: 'pnpm add -D',
    set: 'pnpm pkg set',
  },
  bun: {
    install: 'bun install',
    run: 'bun run',
    // `bun test` is a test runner of its own.
    test: 'bun run test',
    start: 'bun run start',
    exec: 'bunx',
    add: 'bun add',
    addDev: 'bun add -d',
    set: 'bun pm pkg set',
  },
};

/** A page that was written for npm, for users of another one. */
export function inWordsOf(packageManager: PackageManager, page: string): string {
  const words = WORDS[packageManager];
  return page
    .replaceAll('npm install', words.install)
    .replaceAll('npm run', words.run)
    .replaceAll('npm test', words.test)
    .replaceAll('npm start', words.start)
    .replaceAll('npx ', `${words.exec} `);
}

/** Whoever started this: `npx`, `pnpm dlx` and `bunx` tell their name. */
export function callingPackageManager(env: Record<string, string | undefined>): PackageManager {
  const [name] = (env.npm_config_user_agent ?? '').split('/', 1);
  return name === 'pnpm' || name === 'bun' ? name : 'npm';
}
