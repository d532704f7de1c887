import { PACKAGE_MANAGERS, type ProjectChoices, SCHEMAS, TEMPLATES, type Template } from './project-choices.ts';

/** Folders of `templates/`, each over the ones before it. The first of each kind of choice is what `minimal` holds. */
export function layersOf({ template, schema, packageManager }: ProjectChoices): string[] {
  return [
    TEMPLATES[0],
    ...(HAS_API.includes(template) ? ['api'] : []),
    ...(template === TEMPLATES[0] ? [] : [template]),
    ...(schema === SCHEMAS[0] ? [] : [`schemas/${schema}`]),
    ...(packageManager === PACKAGE_MANAGERS[0] ? [] : [`package-managers/${packageManager}`]),
    // The others read in package.json what the workspaces are.
    ...(template === 'monorepo' && packageManager === 'pnpm' ? ['package-managers/pnpm-monorepo'] : []),
  ];
}

/** They are told about in the same words. */
const HAS_API: readonly Template[] = ['express', 'fastify'];

/** Where a file of the layers lies in a project of this template; null where it has no place. */
export function placeOf(path: string, { template }: ProjectChoices): string | null {
  const place = PLACES[template][path];
  return place === undefined ? path : place;
}

const PLACES: Record<Template, Record<string, string | null>> = {
  minimal: {},
  nextjs: { 'src/submit.ts': null },
  express: { 'src/submit.ts': null },
  fastify: { 'src/submit.ts': null },
  // A plugin is published; it does not run anywhere by itself.
  plugin: { 'src/submit.ts': null, 'compose.yaml': null, 'production.env.example': null },
  monorepo: {
    'src/jobs/hello.ts': 'packages/jobs/src/hello.ts',
    'src/handlers/hello.ts': null,
    'src/submit.ts': null,
    'test/hello.test.ts': null,
  },
};
