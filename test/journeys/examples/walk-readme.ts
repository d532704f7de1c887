import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { type Guarded, spawnGuarded } from '../../support/guarded-process.ts';
import { COMPILE_CACHE } from '../../support/node-flags.ts';
import { missingLines } from './missing-lines.ts';
import { type Block, readBlocks } from './read-blocks.ts';

export const root = join(import.meta.dirname, '../../..');

/** Somebody who reads the README of an example and types what it says. */
export interface Walk {
  /** A clone of the repository, as far as the commands can tell. */
  readonly folder: string;
  readonly url: string;
  /** What stands in the README for something that only the reader knows. */
  replace(shown: string, real: string): void;
  /** Types the next block, and answers what was printed. Throws when that is not what the README shows. */
  next(): Promise<string>;
  /** Types what is left, and answers what the last block printed. */
  rest(): Promise<string>;
  /** What else a reader may type. Answers what it printed, on both streams. */
  type(commands: string): Promise<string>;
}

/** With a folder, a home and a port of its own. All that was started ends with the test. */
export async function walkReadme(example: string): Promise<Walk> {
  const folder = await mkdtemp(join(tmpdir(), `cloudtask-${example}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const filter = (path: string) => !/\/(node_modules|dist)$|\.tsbuildinfo$/.test(path);
  await cp(join(root, 'examples', example), join(folder, 'examples', example), { recursive: true, filter });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = await homeIn(folder, port);
  const blocks = readBlocks(await readFile(join(root, 'examples', example, 'README.md'), 'utf8'));
  const replaced: [string, string][] = [];
  let server: Guarded | undefined;
  let isSignedIn = false;

  const type = (commands: string) => runInBash(commands, { cwd: folder, env });

  async function startServer(command: string): Promise<string> {
    await server?.end('SIGTERM');
    const started = spawnGuarded({ command: 'bash', args: ['-c', command], cwd: folder, env });
    server = started;
    onTestFinished(() => started.end('SIGTERM'));
    const ready = () => {
      if (started.hasEnded()) throw new Error(`it ended: ${started.output()}`);
      return started.output().includes('ready on');
    };
    await eventually(ready, { timeoutMs: 60_000, describe: started.output });
    if (!isSignedIn) await type(`printf 'a quite long passphrase' | cloudtask register --url ${url} ${AS_ADA}`);
    isSignedIn = true;
    return started.output();
  }

  async function runBlock({ commands, shown = '' }: Block): Promise<string> {
    const real = replaced.reduce((text, [from, to]) => text.replaceAll(from, to), commands);
    const printed = /\bnpm start\b/.test(real) ? await startServer(real.trim()) : await type(real);
    const missing = missingLines(shown, printed);
    if (missing.length === 0) return printed;
    throw new Error(`${commands}does not print\n${missing.join('\n')}\nbut\n${printed}`);
  }

  async function next(): Promise<string> {
    const block = blocks.shift();
    if (!block) throw new Error(`the README of ${example} has no further block of commands`);
    return await runBlock(block);
  }

  async function rest(): Promise<string> {
    let printed = '';
    while (blocks.length > 0) printed = await next();
    return printed;
  }

  return { folder, url, replace: (from, to) => replaced.push([from, to]), next, rest, type };
}

const AS_ADA = '--email ada@example.com --password-stdin';

/** The commands of a reader at a terminal; `npm start` from source, on a port of its own. */
async function homeIn(folder: string, port: number): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, 'bin');
  const entry = join(root, 'packages/server/src/bin/cloudtask-embedded.ts');
  // What is run here comes from source: a build is only what a reader needs.
  const npm = `#!/bin/bash
case "$*" in
  start*) exec node --liftoff-only '${entry}' --port ${port} --data-dir .cloudtask "\${@:3}" ;;
  'run build') ;;
  install*) PATH=\${PATH#*:} exec npm "$@" --offline --no-audit ;;
  *) echo "not walked: npm $*" >&2; exit 1 ;;
esac
`;
  await mkdir(bin);
  const cloudtask = `#!/bin/sh\nexec node '${inject('command')}' "$@"\n`;
  await writeFile(join(bin, 'npm'), npm, { mode: 0o755 });
  await writeFile(join(bin, 'cloudtask'), cloudtask, { mode: 0o755 });
  await writeFile(join(bin, 'npx'), NPX, { mode: 0o755 });
  const binaries = join(root, 'node_modules/.bin');
  return {
    PATH: [bin, binaries, process.env['PATH']].join(':'),
    HOME: folder,
    LANG: 'C.UTF-8',
    NODE_OPTIONS: `--conditions=source --require "${COMPILE_CACHE}"`,
    CLOUDTASK_LOG_LEVEL: 'warn',
    CLOUDTASK_OUTPUT: 'human',
    CI: '',
  };
}

// As the real one for a program that is there, without the third of a second that it takes to find out.
const NPX = `#!/bin/sh\nexport npm_command=exec npm_lifecycle_event=npx\nexec "$@"\n`;

/** What it prints, on both streams. Rejects with that when a command fails and the README does not expect it (`|| …`). */
function runInBash(commands: string, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: 180_000, killSignal: 'SIGKILL' as const };
    execFile('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${commands}`], options, (error, printed) => {
      if (error) reject(new Error(`${commands}ended with ${error.signal ?? error.code}:\n${printed}`));
      else resolve(printed);
    });
  });
}
