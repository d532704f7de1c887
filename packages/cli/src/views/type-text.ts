import type { Json } from '@cloudtask/sdk';
import { type SchemaNode, variantsOf } from '../schema/schema-variants.ts';
import { printable } from './printable.ts';

/** What a schema wants, in few words: `integer (1…10)`, `"low" | "high"` without its quotes, `list of string email`. */
export function typeText(root: Json, variants: readonly SchemaNode[], depth = 0): string {
  const texts = new Set(variants.map((node) => nodeText(root, node, depth)));
  return texts.size === 0 ? 'nothing' : [...texts].join(' | ');
}

function nodeText(root: Json, node: SchemaNode, depth: number): string {
  if (Array.isArray(node['enum'])) return node['enum'].map(valueText).join(' | ');
  if ('const' in node) return valueText(node['const'] ?? null);
  const { type } = node;
  if (type === 'array' && depth < 3) {
    const { items, minItems, maxItems } = node;
    const of = variantsOf(root, items);
    const count = rangeText(minItems, maxItems);
    return `list of ${of.length > 1 ? `(${typeText(root, of, depth + 1)})` : typeText(root, of, depth + 1)}${count}`;
  }
  if (typeof type !== 'string') return 'anything';
  const format = typeof node['format'] === 'string' ? ` ${printable(node['format'])}` : '';
  return `${printable(type)}${format}${limits(node)}`;
}

function limits(node: SchemaNode): string {
  const { minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  const least = minLength ?? minimum ?? (exclusiveMinimum === undefined ? undefined : `>${exclusiveMinimum}`);
  const most = maxLength ?? maximum ?? (exclusiveMaximum === undefined ? undefined : `<${exclusiveMaximum}`);
  return rangeText(least, most);
}

function rangeText(least: Json | undefined, most: Json | undefined): string {
  return least === undefined && most === undefined ? '' : ` (${least ?? ''}…${most ?? ''})`;
}

/** A value as it is typed in a field: text without quotes. */
export function valueText(value: Json): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
