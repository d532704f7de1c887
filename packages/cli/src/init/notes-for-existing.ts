import type { Manifest, Names } from './manifest.ts';
import { WORDS } from './package-manager-words.ts';
import type { PackageManager } from './project-choices.ts';

/** What a project that was there before has to be given by hand, as commands and sentences. */
export function notesForExisting(
  kept: readonly string[],
  {
    manifest,
    packageManager,
    existing,
  }: { manifest: Manifest; packageManager: PackageManager; existing: string | undefined },
): string[] {
  return [
    ...(kept.includes('package.json') ? packageNotes(manifest, packageManager, existing) : []),
    ...(kept.includes('tsconfig.json')
      ? [
          'tsconfig.json: "module": "nodenext", "allowImportingTsExtensions": true, "noEmit": true, "erasableSyntaxOnly": true',
        ]
      : []),
    ...(kept.includes('.gitignore') ? ['.gitignore: .cloudtask/ and production.env'] : []),
  ];
}

function packageNotes(
  { dependencies, devDependencies, scripts }: Manifest,
  packageManager: PackageManager,
  existing: string | undefined,
): string[] {
  const words = WORDS[packageManager];
  const has = readExisting(existing ?? '{}');
  const missing = (names: Names) =>
    Object.entries(names)
      .filter(([name]) => !has.packages.has(name))
      .map(([name, range]) => `${name}@${range}`);
  const [now, forDevelopment] = [missing(dependencies), missing(devDependencies)];
  const ours = Object.entries(scripts).filter(([, script]) => script.startsWith('cloudtask'));
  const lacking = ours.filter(([, script]) => !Object.values(has.scripts).includes(script));
  // A script of the same name is theirs.
  const named = lacking.map(([name, script]) => [has.scripts[name] === undefined ? name : `jobs:${name}`, script]);
  return [
    ...(has.isModule ? [] : ['package.json: "type": "module"']),
    ...(now.length > 0 ? [`${words.add} ${now.join(' ')}`] : []),
    ...(forDevelopment.length > 0 ? [`${words.addDev} ${forDevelopment.join(' ')}`] : []),
    ...named.map(([name, script]) => `${words.set} "scripts.${name}=${script}"`),
  ];
}

interface Existing {
  packages: Set<string>;
  scripts: Names;
  isModule: boolean;
}

function readExisting(text: string): Existing {
  const { dependencies, devDependencies, scripts = {}, type } = parse(text);
  return {
    packages: new Set(Object.keys({ ...dependencies, ...devDependencies })),
    scripts,
    isModule: type === 'module',
  };
}

// Somebody else's file: one that cannot be read has nothing.
function parse(text: string): Partial<Manifest> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Partial<Manifest>) : {};
  } catch {
    return {};
  }
}
