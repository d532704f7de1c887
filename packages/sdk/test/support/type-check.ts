import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../../../..');
const ownModules = join(repository, 'node_modules');
const sdk = join(repository, 'packages/sdk');

/** Whether a package is installed; the older compilers are development dependencies under names of their own. */
export function isInstalled(name: string): boolean {
  return existsSync(join(ownModules, name, 'package.json'));
}

/** The declarations of the SDK as they are published, from its sources as they are now. Returns the folder of the package. */
export async function emitDeclarations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-sdk-types-'));
  const options = [
    '--emitDeclarationOnly',
    '--declarationMap',
    'false',
    '--composite',
    'false',
    '--incremental',
    'false',
  ];
  const built = await runCompiler('typescript', ['-p', sdk, ...options, '--outDir', join(folder, 'dist')]);
  if (built !== '') {
    await rm(folder, { recursive: true, force: true });
    throw new Error(built);
  }
  await cp(join(sdk, 'package.json'), join(folder, 'package.json'));
  return folder;
}

export interface Program {
  /** Under which name the compiler is installed: `typescript`, `typescript-5.4`. */
  compiler: string;
  /** The folder of the package, from `emitDeclarations`. */
  declarations: string;
  /** Names and texts; those without a text are files of `test/typing`. */
  files: Record<string, string | undefined>;
  /** Other packages that the files import. */
  packages?: readonly string[];
  /** Where packages lie. Default: those of the repository. */
  modules?: string;
  /** Beside or instead of the usual ones. */
  options?: Record<string, unknown>;
}

/** What a compiler says of a project that uses the SDK as users do; empty when it has nothing to say. */
export async function typeCheck(program: Program): Promise<string> {
  const { compiler, declarations, files, packages = [], modules = ownModules, options = {} } = program;
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-typing-'));
  await mkdir(join(folder, 'node_modules/@cloudtask'), { recursive: true });
  await mkdir(join(folder, 'node_modules/@types'));
  await symlink(declarations, join(folder, 'node_modules/@cloudtask/sdk'));
  for (const name of [...packages, '@types/node', 'undici-types']) {
    await symlink(join(modules, name), join(folder, 'node_modules', name));
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text ?? (await readFile(join(sdk, 'test/typing', name), 'utf8')));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, files: Object.keys(files) }),
  );
  const said = await runCompiler(compiler, ['-p', folder, '--pretty', 'false']);
  await rm(folder, { recursive: true, force: true });
  return said;
}

const OPTIONS = {
  target: 'ES2022',
  lib: ['ES2022', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  types: ['node'],
};

function runCompiler(name: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(ownModules, name, 'bin/tsc'), ...args]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      said += bytes;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(said.trim()));
  });
}
