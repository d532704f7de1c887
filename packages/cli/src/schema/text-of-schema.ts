import type { Json } from '@cloudtask/sdk';
import { matches, type SchemaNode } from './schema-variants.ts';

/** Whether a text is one that the schema of a text takes. Formats that are not known here take every text. */
export function fitsText({ minLength, maxLength, pattern, format }: SchemaNode, text: string): boolean {
  const { length } = [...text];
  if (typeof minLength === 'number' && length < minLength) return false;
  if (typeof maxLength === 'number' && length > maxLength) return false;
  if (typeof pattern === 'string' && isPattern(pattern) && !matches(pattern, text)) return false;
  return FORMATS[String(format)]?.test(text) ?? true;
}

// Wider than the formats themselves: this refuses only what nobody could take for one.
const FORMATS: Record<string, RegExp> = {
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:/i,
  url: /^[a-z][a-z0-9+.-]*:/i,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/i,
};

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') !== undefined;
  } catch {
    return false;
  }
}

/** The values that a schema names one by one; empty when it does not. */
export function choicesOf(variants: readonly SchemaNode[]): Json[] {
  const found = variants.map((node) => {
    if ('const' in node) return [node['const'] ?? null];
    if (Array.isArray(node['enum'])) return node['enum'];
    if (node['type'] === 'boolean') return [true, false];
    return node['type'] === 'null' ? [null] : undefined;
  });
  return found.every((each) => each !== undefined) ? found.flat() : [];
}
