import { type Existing, readExisting } from './existing-manifest.ts';
import type { Manifest, Names } from './manifest.ts';
import { WORKSPACES } from './monorepo-manifests.ts';
import { WORDS } from './package-manager-words.ts';
import type { PackageManager, Template } from './project-choices.ts';

interface Place {
  manifest: Manifest;
  template: Template;
  packageManager: PackageManager;
  /** The package.json that was there, as it is written. */
  existing: string | undefined;
}

/** What a project that was there before has to be given by hand, as commands and sentences. */
export function notesForExisting(kept: readonly string[], { existing, ...place }: Place): string[] {
  const has = readExisting(existing ?? '{}');
  return [
    ...(kept.includes('package.json') ? packageNotes(place, has) : []),
    ...(kept.includes('tsconfig.json') ? [tsconfigNote(place.template, has)] : []),
    ...(kept.includes('pnpm-workspace.yaml') ? pnpmNotes(place.template) : []),
    ...(kept.includes('.gitignore') ? ['.gitignore: .cloudtask/ and production.env'] : []),
    ...(existing === undefined ? [] : submitNotes(place.template, kept)),
  ];
}

function packageNotes(
  { manifest, packageManager, template }: Omit<Place, 'existing'>,
  { packages, scripts, isModule, hasWorkspaces }: Existing,
): string[] {
  const words = WORDS[packageManager];
  const missing = (names: Names) =>
    Object.entries(names)
      .filter(([name]) => !packages.has(name))
      .map(([name, range]) => `${name}@${range}`);
  const [now, forDevelopment] = [missing(manifest.dependencies), missing(manifest.devDependencies)];
  const ours = Object.entries(manifest.scripts).filter(([, script]) => OURS.test(script));
  const lacking = ours.filter(([, script]) => !Object.values(scripts).includes(script));
  // A script of the same name is theirs.
  const named = lacking.map(([name, script]) => [scripts[name] === undefined ? name : `jobs:${name}`, script]);
  const asksForWorkspaces = template === 'monorepo' && packageManager !== 'pnpm' && !hasWorkspaces;
  return [
    ...(isModule ? [] : ['package.json: "type": "module"; files of yours that use require() are then named .cjs']),
    ...(asksForWorkspaces ? [`package.json: "workspaces": ${JSON.stringify(WORKSPACES)}`] : []),
    ...(now.length > 0 ? [`${words.add} ${now.join(' ')}`] : []),
    ...(forDevelopment.length > 0 ? [`${words.addDev} ${forDevelopment.join(' ')}`] : []),
    ...named.map(([name, script]) => `${words.set} "scripts.${name}=${script}"`),
  ];
}

/** Scripts that a project with a web server of its own has not. */
const OURS = /^(cloudtask|node apps\/)/;

function tsconfigNote(template: Template, { packages }: Existing): string {
  // Next.js has settings of its own for modules; they fit.
  const modules = template === 'nextjs' || packages.has('next') ? '' : '"module": "nodenext", ';
  return `tsconfig.json: ${modules}"allowImportingTsExtensions": true, "noEmit": true, "erasableSyntaxOnly": true`;
}

function pnpmNotes(template: Template): string[] {
  const workspaces = template === 'monorepo' ? [`pnpm-workspace.yaml: packages ${WORKSPACES.join(' and ')}`] : [];
  return [...workspaces, 'pnpm-workspace.yaml: allowBuilds: { bcrypt: false }'];
}

/** Somebody's own pages and routes are not changed; how they submit jobs is told. */
function submitNotes(template: Template, kept: readonly string[]): string[] {
  if (template === 'nextjs')
    return ['your pages: POST /api/hello submits a job; on the server, `cloudtask()` of src/cloudtask.ts'];
  if (template !== 'express' && template !== 'fastify') return [];
  return [
    kept.includes('src/app.ts')
      ? 'src/app.ts: `await cloudtask.jobs.create(hello, { name })` in a route, with one `new CloudTask()` for the process'
      : 'your web server: src/app.ts is one by itself; take its routes into yours',
  ];
}
