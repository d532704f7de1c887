import type { Json } from '@cloudtask/sdk';

/** A value as TypeScript writes it: `{ to: 'ada@example.com', n: 3 }`, on several lines when it is long. */
export function tsValue(value: Json, indent = ''): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((each) => tsValue(each, inner))
    : Object.entries(value).map(([name, each]) => `${memberName(name)}: ${tsValue(each, inner)}`);
  const [open, close, pad] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', ' '];
  if (parts.length === 0) return `${open}${close}`;
  const line = `${open}${pad}${parts.join(', ')}${pad}${close}`;
  if (line.length <= LONGEST && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`;
}

const LONGEST = 80;

function memberName(name: string): string {
  // As a literal `__proto__` would be the object's prototype.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
