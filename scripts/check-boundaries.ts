// Who may import whom, and what may be done where (docs/architecture.md). No linter here reads TypeScript 7 projects deeply
// enough to say all of it, so these are rules over what oxc-parser finds. `node scripts/check-boundaries.ts [folder]`
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Import, type Module, readModules, type Touch } from './read-modules.ts';

/** What each package may import from the others. Types count too: a type is knowledge. */
const mayImport: Record<string, string[]> = {
  sdk: [],
  core: ['sdk'],
  worker: ['sdk', 'core'],
  server: ['sdk', 'core'],
  cli: ['sdk'],
  testing: ['sdk', 'core', 'worker', 'server'],
};

/** More than the table allows: single files, and for the command line only when the command is run. */
const exceptions: { from: RegExp; to: string[]; dynamicOnly?: true }[] = [
  { from: /^packages\/server\/src\/embedded(-settings)?\.ts$/, to: ['worker'] },
  { from: /^packages\/cli\/src\/dev\/load-platform\.ts$/, to: ['server', 'worker'], dynamicOnly: true },
  { from: /^packages\/cli\/src\/import-worker\.ts$/, to: ['worker'], dynamicOnly: true },
  { from: /^packages\/cli\/src\/import-testing\.ts$/, to: ['testing'], dynamicOnly: true },
];

/** Each driver is known to one file: replacing it, or reading how it is used, is a matter of that file. */
const drivers = ['amqplib', 'ioredis', 'pg', '@electric-sql/pglite', 'jose', 'bcrypt'];

/** The front doors of published packages. */
const frontDoors = /^packages\/(sdk|worker|testing)\/src\/index\.ts$/;

const bin = /^packages\/[^/]+\/(src\/)?bin\//;
const allowedPlaces: Record<Touch['what'], RegExp[]> = {
  sql: [/^packages\/core\/src\/(protocol|database)\//, /^packages\/server\/src\/store\//],
  // The SDK knows nothing of core: the file that finds a client's settings is its configuration.
  // In development the files of variables are for handlers, which read the environment as they please.
  'process.env': [
    /^packages\/core\/src\/config\.ts$/,
    /^packages\/sdk\/src\/node\/find-settings\.ts$/,
    /^packages\/worker\/src\/dev\/dev-variables\.ts$/,
    bin,
  ],
  'process.exit': [/^packages\/core\/src\/service\.ts$/, /^packages\/worker\/src\/dev\/dev-worker\.ts$/, bin],
};

const longestFile = 400;

export function checkBoundaries(root: string): string[] {
  const modules = readModules(root);
  return [
    ...modules.flatMap((module) => module.imports.flatMap(checkDirection)),
    ...checkDrivers(modules),
    ...modules
      .filter((m) => m.isBarrel && !frontDoors.test(m.file))
      .map((m) => `${m.file}: only re-exports; import the file that holds the idea`),
    ...modules.flatMap(checkFrontDoor),
    ...modules.flatMap(checkPlaces),
    ...findCycles(modules).map((cycle) => `import cycle: ${cycle.join(' -> ')}`),
    ...checkLengths(root),
  ];
}

function checkDirection({ from, to, specifier, dynamic, line }: Import): string[] {
  if (!to) return [];
  const [here, there] = [packageOf(from), packageOf(to)];
  if (here === there) return [];
  if (specifier.startsWith('.'))
    return [`${from}:${line}: leaves its package by a path (${specifier}); use the package's exports`];
  if (mayImport[here]?.includes(there)) return [];
  const exception = exceptions.find((each) => each.from.test(from) && each.to.includes(there));
  if (exception && (dynamic || !exception.dynamicOnly)) return [];
  const hint = exception ? ' except by a dynamic import' : '';
  return [`${from}:${line}: ${here} may not import ${there} (${specifier})${hint}`];
}

function checkDrivers(modules: Module[]): string[] {
  return drivers.flatMap((driver) => {
    const importers = modules.filter((module) =>
      module.imports.some(({ specifier }) => specifier === driver || specifier.startsWith(`${driver}/`)),
    );
    if (importers.length <= 1) return [];
    return [`${driver} has ${importers.length} importers, one is allowed: ${importers.map((m) => m.file).join(', ')}`];
  });
}

function checkFrontDoor({ file, imports }: Module): string[] {
  return imports
    .filter(({ to }) => to && frontDoors.test(to) && packageOf(to) === packageOf(file))
    .map(({ line }) => `${file}:${line}: a package does not enter through its own front door`);
}

function checkPlaces({ file, touches, imports }: Module): string[] {
  const queries = imports
    .filter(({ specifier }) => /^kysely(\/|$)/.test(specifier))
    .map(({ line }) => ({ what: 'sql' as const, line }));
  return [...touches, ...queries]
    .filter(({ what }) => !allowedPlaces[what].some((place) => place.test(file)))
    .map(({ what, line }) => `${file}:${line}: ${what} is not allowed here`);
}

/** Every file that can reach itself, each cycle once. */
function findCycles(modules: Module[]): string[][] {
  const targets = new Map(
    modules.map(({ file, imports }) => [file, imports.filter((i) => !i.dynamic).map((i) => i.to)]),
  );
  const done = new Set<string>();
  const cycles = new Map<string, string[]>();
  const walk = (file: string, trail: string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      const cycle = trail.slice(start);
      cycles.set([...cycle].sort().join(), [...cycle, file]);
      return;
    }
    if (done.has(file)) return;
    for (const target of targets.get(file) ?? []) if (target && targets.has(target)) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) walk(file, []);
  return [...cycles.values()];
}

function checkLengths(root: string): string[] {
  const places = '{packages/*/{src,bin,test},test,bench,scripts,examples}/**/*.{ts,tsx,js,mjs,cjs}';
  return globSync(places, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' }).flatMap(
    (file) => {
      const lines = readFileSync(path.join(root, file), 'utf8').split('\n').length - 1;
      return lines > longestFile ? [`${file}: ${lines} lines; ${longestFile} are allowed, split it by idea`] : [];
    },
  );
}

function packageOf(file: string): string {
  return file.split('/')[1] ?? '';
}

if (import.meta.main) {
  const problems = checkBoundaries(path.resolve(process.argv[2] ?? '.'));
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
