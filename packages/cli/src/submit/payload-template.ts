import type { Json } from '@cloudtask/sdk';
import { nodeOf, requiredOf, type SchemaNode, variantsOf } from '../schema/schema-variants.ts';
import { choicesOf } from '../schema/text-of-schema.ts';
import { printable } from '../views/printable.ts';
import { typeText } from '../views/type-text.ts';

interface TemplateInput {
  type: string;
  schema: Json | null;
  sensitive: readonly string[];
  /** What the command line says already. */
  given: Json | undefined;
}

/**
 * A payload to fill in, as JSON with comments: what has to be there is there, what may be there is a comment, each with what
 * the schema says of it.
 */
export function payloadTemplate({ type, schema, sensitive, given }: TemplateInput): string {
  const head = [
    `// The payload of ${printable(type)}. Comments are left out; an empty file submits nothing.`,
    ...(schema === null ? ['// No worker has registered a schema for it.'] : []),
  ];
  const root = schema ?? true;
  const body = valueLines(root, { schema: root, sensitive, path: '', given, depth: 0 });
  return `${[...head, ...body].join('\n')}\n`;
}

interface Place {
  schema: Json;
  sensitive: readonly string[];
  path: string;
  given: Json | undefined;
  depth: number;
}

/** Schemas that hold themselves are laid out so deep. */
const DEEPEST = 5;

function valueLines(root: Json, place: Place): string[] {
  const { schema, given, depth } = place;
  const variants = variantsOf(root, schema);
  const shape = variants.find(({ properties, type }) => properties !== undefined || type === 'object');
  const isObject = given === undefined ? shape !== undefined || depth === 0 : isNode(given);
  if (isObject && depth < DEEPEST) return objectLines(root, shape ?? {}, place);
  return JSON.stringify(given ?? placeholder(schema, variants), null, 2).split('\n');
}

function objectLines(root: Json, shape: SchemaNode, { sensitive, path, given, depth }: Place): string[] {
  const known = nodeOf(given);
  const properties = nodeOf(shape['properties']);
  const required = requiredOf([shape]);
  const names = [...new Set([...Object.keys(properties), ...Object.keys(known)])];
  const members = names.flatMap((name) => {
    const schema = properties[name] ?? true;
    const below = { schema, sensitive, path: `${path}/${name}`, given: known[name], depth: depth + 1 };
    const [first = '', ...rest] = valueLines(root, below);
    const lines = [`${JSON.stringify(name)}: ${first}`, ...rest].map((line) => `  ${line}`);
    lines[lines.length - 1] += ',';
    const isThere = required.includes(name) || Object.hasOwn(known, name);
    const said = `  // ${commentOf(root, schema, required.includes(name), sensitive.includes(below.path))}`;
    return [said, ...(isThere ? lines : lines.map((line) => `  // ${line.slice(2)}`))];
  });
  return ['{', ...members, '}'];
}

function commentOf(root: Json, schema: Json, isRequired: boolean, isSensitive: boolean): string {
  const { description } = nodeOf(schema);
  const marks = `${isRequired ? ', has to be there' : ''}${isSensitive ? ', SENSITIVE' : ''}`;
  const said = typeof description === 'string' ? `: ${printable(description)}` : '';
  return `${typeText(root, variantsOf(root, schema))}${marks}${said}`;
}

/** Something of the right kind, to be overwritten. */
function placeholder(schema: Json, variants: readonly SchemaNode[]): Json {
  const node = nodeOf(schema);
  if ('default' in node) return node['default'] ?? null;
  if (Array.isArray(node['examples']) && node['examples'][0] !== undefined) return node['examples'][0];
  const [choice] = choicesOf(variants);
  if (choice !== undefined) return choice;
  const [first = {}] = variants;
  const empty: Record<string, Json> = { string: '', array: [], object: {}, boolean: false, null: null };
  if (first['type'] === 'integer' || first['type'] === 'number')
    return typeof first['minimum'] === 'number' ? first['minimum'] : 0;
  return empty[String(first['type'])] ?? '';
}

function isNode(value: Json): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
