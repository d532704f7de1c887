// What the boundary check looks at: every source file of the packages, its imports, and where it touches the process or SQL.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

export interface Import {
  from: string;
  /** A file of the repository; undefined for a library. */
  to: string | undefined;
  specifier: string;
  dynamic: boolean;
  line: number;
}

export interface Touch {
  what: 'process.env' | 'process.exit' | 'sql';
  line: number;
}

export interface Module {
  file: string;
  imports: Import[];
  touches: Touch[];
  isBarrel: boolean;
}

interface Package {
  folder: string;
  exports: Record<string, string | { source?: string }>;
}

/** A node of the syntax tree: only its names are looked at, whatever its type. */
// biome-ignore lint/suspicious/noExplicitAny: the tree has some two hundred node types, and any of them may be here.
type Node = any;

export function readModules(root: string): Module[] {
  const files = globSync('packages/*/{src,bin}/**/*.{ts,tsx,js,mjs}', { cwd: root }).map(slashes).sort();
  const packages = readPackages(root);
  return files.map((file) => readModule(root, file, packages));
}

function readModule(root: string, file: string, packages: Map<string, Package>): Module {
  const text = readFileSync(path.join(root, file), 'utf8');
  const parsed = parseSync(file, text);
  if (parsed.errors.length > 0) throw new Error(`${file} does not parse: ${parsed.errors[0]?.message}`);
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const reExports = staticExports.flatMap(({ entries, start }) =>
    entries.slice(0, 1).flatMap(({ moduleRequest }) => (moduleRequest ? [{ moduleRequest, start }] : [])),
  );
  const named = [
    ...staticImports.map(({ moduleRequest, start }) => ({ specifier: moduleRequest.value, start, dynamic: false })),
    ...reExports.map(({ moduleRequest, start }) => ({ specifier: moduleRequest.value, start, dynamic: false })),
    ...dynamicImports.map(({ moduleRequest, start }) => ({
      specifier: text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
      start,
      dynamic: true,
    })),
  ];
  return {
    file,
    imports: named.map(({ specifier, start, dynamic }) => {
      return { from: file, to: resolve(file, specifier, packages), specifier, dynamic, line: lineAt(start) };
    }),
    touches: findTouches(parsed.program).map(({ what, start }) => ({ what, line: lineAt(start) })),
    isBarrel: reExports.length > 0 && parsed.program.body.every(isReExport),
  };
}

function isReExport(statement: Node): boolean {
  return /^Export(Named|All)Declaration$/.test(statement.type) && Boolean(statement.source);
}

function readPackages(root: string): Map<string, Package> {
  const manifests = globSync('packages/*/package.json', { cwd: root }).map(slashes);
  return new Map(
    manifests.map((file) => {
      const { name, exports = {} } = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
      return [name, { folder: path.posix.dirname(file), exports }];
    }),
  );
}

function resolve(from: string, specifier: string, packages: Map<string, Package>): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier);
  const name = specifier.split('/').slice(0, 2).join('/');
  const found = packages.get(name);
  if (!found) return undefined;
  const wanted = `.${specifier.slice(name.length)}`;
  for (const [pattern, target] of Object.entries(found.exports)) {
    const source = typeof target === 'string' ? target : target.source;
    const [before = '', after] = pattern.split('*');
    if (!source || (after === undefined ? wanted !== pattern : !wanted.startsWith(before))) continue;
    return path.posix.join(found.folder, source.replace('*', wanted.slice(before.length)));
  }
  return path.posix.join(found.folder, 'package.json');
}

function findTouches(program: Node): { what: Touch['what']; start: number }[] {
  const touches: { what: Touch['what']; start: number }[] = [];
  visit(program, (node) => {
    const what = processTouch(node) ?? (isSql(node) ? 'sql' : undefined);
    if (what) touches.push({ what, start: node.start });
  });
  return touches;
}

/** `process.env`, `process['env']`, `const { env } = process`, `import { env } from 'node:process'`. */
function processTouch(node: Node): Touch['what'] | undefined {
  const touched = (name: unknown): Touch['what'] | undefined =>
    name === 'env' || name === 'exit' ? `process.${name}` : undefined;
  if (node.type === 'MemberExpression' && isProcess(node.object))
    return touched(node.property.name ?? node.property.value);
  if (node.type === 'VariableDeclarator' && isProcess(node.init) && node.id.type === 'ObjectPattern') {
    return node.id.properties.map((property: Node) => touched(property.key?.name)).find(Boolean);
  }
  if (node.type === 'ImportDeclaration' && /^(node:)?process$/.test(node.source.value)) {
    return node.specifiers.map((each: Node) => touched(each.imported?.name)).find(Boolean);
  }
  return undefined;
}

function isProcess(node: Node): boolean {
  if (node?.type === 'MemberExpression') return node.object.name === 'globalThis' && node.property.name === 'process';
  return node?.type === 'Identifier' && node.name === 'process';
}

/** A text that begins as a statement does, or anything tagged sql`…`. */
function isSql(node: Node): boolean {
  if (node.type === 'TaggedTemplateExpression') return (node.tag.name ?? node.tag.expression?.name) === 'sql';
  const text =
    node.type === 'TemplateLiteral' ? node.quasis[0].value.raw : node.type === 'Literal' ? node.value : undefined;
  return typeof text === 'string' && statement.test(text);
}

const statement = new RegExp(
  String.raw`^\s*(select\s[\s\S]*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|` +
    String.raw`(create|alter|drop|truncate)\s+(table|index|unique index|function|type|schema|role|view)\s|(un)?listen\s+\w+$|notify\s)`,
  'i',
);

function visit(node: Node, look: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, look);
  else if (node && typeof node === 'object') {
    if (typeof node.type === 'string') look(node);
    for (const key of Object.keys(node)) visit(node[key], look);
  }
}

function slashes(file: string): string {
  return file.replaceAll(path.sep, '/');
}
