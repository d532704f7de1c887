import type { Json } from '@cloudtask/sdk';
import { nodeOf, requiredOf, type SchemaNode, variantsOf } from '../schema/schema-variants.ts';
import { choicesOf } from '../schema/text-of-schema.ts';
import { printable } from './printable.ts';
import { shellWord } from './shell-word.ts';
import { typeText, valueText } from './type-text.ts';

/** Schemas that hold themselves are shown so deep. */
const DEEPEST = 4;

/** A JSON Schema for people: a member a line, `*` for those that have to be there. */
export function schemaLines(root: Json, sensitive: readonly string[] = []): string[] {
  const variants = variantsOf(root, root);
  const lines = linesOf(root, variants, sensitive, '', 0);
  return lines.length > 0 ? lines : [typeText(root, variants)];
}

function linesOf(
  root: Json,
  variants: readonly SchemaNode[],
  sensitive: readonly string[],
  path: string,
  depth: number,
): string[] {
  const properties: Record<string, Json> = {};
  for (const each of variants) Object.assign(properties, nodeOf(each['properties']));
  const names = Object.keys(properties);
  if (depth >= DEEPEST || names.length === 0) return [];
  const required = requiredOf(variants);
  const width = Math.max(...names.map((name) => name.length)) + 1;
  return names.flatMap((name) => {
    const schema = properties[name] ?? null;
    const member = variantsOf(root, schema);
    const pointer = `${path}/${name}`;
    const label = `${printable(name)}${required.includes(name) ? '*' : ''}`.padEnd(width);
    const marks = sensitive.includes(pointer) ? '  SENSITIVE' : '';
    const below = linesOf(root, member, sensitive, pointer, depth + 1).map((line) => `  ${line}`);
    return [`${label}  ${typeText(root, member)}${marks}${notes(nodeOf(schema))}`.trimEnd(), ...below];
  });
}

/** The fields that have to be there, each with a value that the schema names, or a gap for one: `level=low to=…`. */
export function neededFields(root: Json | null): string[] {
  if (root === null) return [];
  const variants = variantsOf(root, root);
  return requiredOf(variants).map((name) => {
    const schema = variants.map(({ properties }) => nodeOf(properties)[name]).find((each) => each !== undefined);
    const { default: preset, examples } = nodeOf(schema);
    const known = preset ?? (Array.isArray(examples) ? examples[0] : undefined);
    const [value] = known === undefined ? choicesOf(variantsOf(root, schema)) : [known];
    return `${printable(name)}=${value === undefined || typeof value === 'object' ? '…' : shellWord(valueText(value))}`;
  });
}

function notes(node: SchemaNode): string {
  const preset = 'default' in node ? ` = ${valueText(node['default'] ?? null)}` : '';
  return `${preset}${typeof node['description'] === 'string' ? `  ${printable(node['description'])}` : ''}`;
}
