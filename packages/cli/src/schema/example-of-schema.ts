import type { Json, TypeInfo } from '@cloudtask/sdk';
import { schemaIssues } from './schema-issues.ts';
import { nodeOf, requiredOf, type SchemaNode, variantsOf } from './schema-variants.ts';
import { choicesOf } from './text-of-schema.ts';

/** A payload to begin with. */
export interface ExamplePayload {
  payload: Json;
  /** What of it does not fit: a pattern that no text was found for, say. */
  misfits: string[];
}

/** An example of the type's author that fits, else one that is made from the schema: what has to be there, and no more. */
export function examplePayload({ examples, payloadSchema: schema }: TypeInfo): ExamplePayload {
  if (schema === null) return { payload: examples[0] ?? {}, misfits: [] };
  const given = examples.find((each) => schemaIssues(schema, each).length === 0);
  if (given !== undefined) return { payload: given, misfits: [] };
  const payload = exampleOf(schema, schema, 0);
  return { payload, misfits: schemaIssues(schema, payload).map(({ path, message }) => `${path || 'it'} ${message}`) };
}

/** Schemas that hold themselves are filled in so deep. */
const DEEPEST = 5;

function exampleOf(root: Json, schema: Json | undefined, depth: number): Json {
  const { default: preset, examples } = nodeOf(schema);
  const [said] = Array.isArray(examples) ? examples : [];
  const known = preset ?? said;
  if (known !== undefined) return known;
  const variants = variantsOf(root, schema);
  const [choice] = choicesOf(variants);
  if (choice !== undefined) return choice;
  const node = variants.find(({ type }) => type !== 'null') ?? variants[0] ?? {};
  if ('const' in node) return node['const'] ?? null;
  if (Array.isArray(node['enum'])) return node['enum'][0] ?? null;
  switch (node['type'] ?? (node['properties'] === undefined ? undefined : 'object')) {
    case 'integer':
    case 'number':
      return numberOf(node);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return listOf(root, node, depth);
    case 'object':
      return objectOf(root, node, depth);
    default:
      return textOf(node);
  }
}

function objectOf(root: Json, node: SchemaNode, depth: number): Json {
  const properties = nodeOf(node['properties']);
  const required = requiredOf([node]);
  // A whole payload of nothing would show nothing.
  const names = required.length === 0 && depth === 0 ? Object.keys(properties) : required;
  return Object.fromEntries(
    depth >= DEEPEST ? [] : names.map((name) => [name, exampleOf(root, properties[name], depth + 1)]),
  );
}

function listOf(root: Json, { items, minItems }: SchemaNode, depth: number): Json {
  const length = typeof minItems === 'number' ? minItems : 1;
  return depth >= DEEPEST ? [] : Array.from({ length }, () => exampleOf(root, items, depth + 1));
}

function numberOf({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf }: SchemaNode): number {
  const step = typeof multipleOf === 'number' ? multipleOf : 1;
  const least = numberOr(minimum, typeof exclusiveMinimum === 'number' ? exclusiveMinimum + step : undefined);
  const most = numberOr(maximum, typeof exclusiveMaximum === 'number' ? exclusiveMaximum - step : undefined);
  const wanted = Math.ceil((least ?? Math.min(step, most ?? step)) / step) * step;
  if (most === undefined || wanted <= most || type === 'integer') return wanted;
  return least === undefined ? most : (least + most) / 2;
}

function numberOr(value: Json | undefined, other: number | undefined): number | undefined {
  return typeof value === 'number' ? value : other;
}

const TEXTS: Record<string, string> = {
  email: 'ada@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '0199d0f4-0000-7000-8000-000000000001',
  date: '2027-01-31',
  time: '12:00:00Z',
  'date-time': '2027-01-31T12:00:00Z',
  duration: 'PT5M',
};

function textOf({ format, minLength, maxLength }: SchemaNode): string {
  const known = TEXTS[String(format)];
  if (known !== undefined) return known;
  const text = 'text'.padEnd(typeof minLength === 'number' ? minLength : 0, 'text');
  return text.slice(0, typeof maxLength === 'number' ? maxLength : undefined);
}
