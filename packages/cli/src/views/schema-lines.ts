import type { Json } from '@cloudtask/sdk';
import { printable } from './printable.ts';

type Node = { [key: string]: Json };

/** A JSON Schema for people: a member a line, `*` for those that have to be there. */
export function schemaLines(schema: Json, sensitive: readonly string[] = [], path = ''): string[] {
  const node = asNode(schema);
  const properties = asNode(node['properties'] ?? null);
  const names = Object.keys(properties);
  if (names.length === 0) return path === '' ? [typeText(schema)] : [];
  const required = Array.isArray(node['required']) ? node['required'] : [];
  const width = Math.max(...names.map((name) => name.length)) + 1;
  return names.flatMap((name) => {
    const member = properties[name] ?? null;
    const pointer = `${path}/${name}`;
    const label = `${printable(name)}${required.includes(name) ? '*' : ''}`.padEnd(width);
    const marks = sensitive.includes(pointer) ? '  SENSITIVE' : '';
    const below = schemaLines(member, sensitive, pointer).map((line) => `  ${line}`);
    return [`${label}  ${typeText(member)}${marks}${notes(asNode(member))}`.trimEnd(), ...below];
  });
}

/** The fields that have to be there, each with a gap for its value: `to=… n:=…`. */
export function neededFields(schema: Json | null): string[] {
  const { required, properties } = asNode(schema);
  if (!Array.isArray(required)) return [];
  return required.map((name) => {
    const type = asNode(asNode(properties ?? null)[String(name)] ?? null)['type'];
    return `${printable(String(name))}${type === undefined || type === 'string' ? '=' : ':='}…`;
  });
}

function typeText(schema: Json): string {
  const node = asNode(schema);
  if (Array.isArray(node['enum'])) return node['enum'].map((each) => plain(each)).join(' | ');
  if ('const' in node) return plain(node['const'] ?? null);
  const options = node['anyOf'] ?? node['oneOf'];
  if (Array.isArray(options)) return options.map(typeText).join(' | ');
  const type = Array.isArray(node['type']) ? node['type'].join(' | ') : node['type'];
  if (type === 'array') return `list of ${typeText(node['items'] ?? true)}`;
  return typeof type === 'string' ? `${printable(type)}${rangeText(node)}` : 'anything';
}

function rangeText(node: Node): string {
  const [least, most] = [node['minLength'] ?? node['minimum'], node['maxLength'] ?? node['maximum']];
  const range = least === undefined && most === undefined ? '' : ` (${least ?? ''}…${most ?? ''})`;
  return `${typeof node['format'] === 'string' ? ` ${printable(node['format'])}` : ''}${range}`;
}

function notes(node: Node): string {
  const preset = 'default' in node ? ` = ${plain(node['default'] ?? null)}` : '';
  return `${preset}${typeof node['description'] === 'string' ? `  ${printable(node['description'])}` : ''}`;
}

function plain(value: Json): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function asNode(value: Json | null): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
