import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'rolldown';
import type { BundledPackage } from './collect-licenses.ts';

/** What is loaded by those commands alone that need it, from packages of its own. */
const onDemand = [/^@cloudtask\/(server|worker|testing)(\/|$)/, /^@clack\//, /^(ink|react|chokidar)(\/|$)/];

/**
 * The command as it is published: a file for each command, and what several share in a few chunks, the framework and the
 * client among them. A process that lives for a tenth of a second cannot afford to open two hundred files.
 * Returns the names of the packages that went into it.
 */
export async function bundleCli(folder: string, target: string): Promise<{ bundled: BundledPackage[] }> {
  const source = path.join(folder, 'src');
  const main = path.join(source, 'main.ts');
  const startOf = once((graph: ModuleGraph) => staticImportsOf(main, graph));
  const { output } = await build({
    input: Object.fromEntries(entriesOf(source).map((file) => [file.replace(/\.ts$/, ''), path.join(source, file)])),
    platform: 'node',
    // oclif would run a TypeScript project with it; a published command is none.
    external: [...onDemand, 'typescript'],
    resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
    // oclif looks for a TypeScript project otherwise.
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: {
      dir: target,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'shared/[name].js',
      // Readable in a stack trace: a bug report that names `a` in line 1 helps nobody.
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: false } },
      codeSplitting: {
        groups: [
          { name: 'framework', test: /node_modules[\\/](?!undici[\\/])/, priority: 3 },
          { name: 'client', test: /packages[\\/]sdk[\\/]|node_modules[\\/]undici[\\/]/, priority: 2 },
          // Before any command is known: `--version` must not load a client because a command shares a line with it.
          { name: (id, graph) => (startOf(graph).has(id) ? 'start' : null), debugName: 'start', priority: 2 },
          { name: 'common', test: /packages[\\/]cli[\\/]src/, priority: 1, minShareCount: 8 },
        ],
      },
    },
  });
  const modules = output.flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []));
  return { bundled: packagesOf(modules) };
}

interface ModuleGraph {
  getModuleInfo(id: string): { importedIds: string[] } | null;
}

/** All modules of ours that are loaded with this one. */
function staticImportsOf(entry: string, graph: ModuleGraph): Set<string> {
  const found = new Set<string>();
  const waiting = [entry];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const each of graph.getModuleInfo(id)?.importedIds ?? []) {
      if (found.has(each) || !each.startsWith(path.dirname(entry))) continue;
      found.add(each);
      waiting.push(each);
    }
  }
  return found;
}

function once<A, R>(make: (argument: A) => R): (argument: A) => R {
  let made: { value: R } | undefined;
  return (argument) => {
    made ??= { value: make(argument) };
    return made.value;
  };
}

function packagesOf(modules: readonly string[]): BundledPackage[] {
  const folders = modules.flatMap(
    (id) => /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id)?.slice(1, 3).join('\n') ?? [],
  );
  const packages = [...new Set(folders)].map((each) => each.split('\n') as [folder: string, name: string]);
  return packages.map(([folder, name]) => ({ folder, name })).sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * What is entered by its file name: by package.json, by oclif. And what asks where it is (`import.meta.url`), with the
 * modules that it names as a text (a thread, a child, a folder of them): it finds them only from the place where the
 * compiler would put it.
 */
function entriesOf(source: string): string[] {
  const named = ['main.ts', 'help.ts', ...globSync('{commands,hooks}/**/*.ts', { cwd: source })];
  const asking = globSync('**/*.ts', { cwd: source }).flatMap((file) => {
    const text = readFileSync(path.join(source, file), 'utf8');
    return text.includes('import.meta.') ? [file, ...filesNamedIn(text, file, source)] : [];
  });
  return [...new Set([...named, ...asking])].sort();
}

function filesNamedIn(text: string, file: string, source: string): string[] {
  const named = text.matchAll(/(?<!from |import |import\()['"`](\.{1,2}\/[\w./-]+)\.[jt]s['"`]/g);
  const files = [...named].map(([, name]) => path.join(path.dirname(file), `${name}.ts`));
  const folders = [...text.matchAll(/new URL\('\.\/([\w-]+)', import\.meta\.url\)/g)];
  const inFolders = folders.flatMap(([, name]) =>
    globSync(path.join(path.dirname(file), `${name}/*.ts`), { cwd: source }),
  );
  return [...files.filter((each) => existsSync(path.join(source, each))), ...inFolders];
}
