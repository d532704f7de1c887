/** What a project can be made as; the first of each is taken where nobody says another. */
export const TEMPLATES = ['minimal', 'nextjs', 'express', 'fastify', 'plugin', 'monorepo'] as const;
export const SCHEMAS = ['zod', 'valibot', 'arktype', 'none'] as const;
export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'bun'] as const;

export type Template = (typeof TEMPLATES)[number];
export type SchemaLibrary = (typeof SCHEMAS)[number];
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

export interface ProjectChoices {
  /** Of the package. */
  name: string;
  template: Template;
  schema: SchemaLibrary;
  packageManager: PackageManager;
  /** Of this command; the packages of the new project are those that go with it. */
  version: string;
}
