import { escapeHidden } from './escape-hidden.ts';

/** JSON values as YAML 1.2: blocks for what has parts, quotes wherever a text could be read as something else. */
export function yamlText(value: unknown): string {
  return linesOf(value).join('\n');
}

function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.length === 0 ? ['[]'] : value.flatMap((each) => item(each));
  if (typeof value !== 'object' || value === null) return [scalar(value)];
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return members.length === 0 ? ['{}'] : members.flatMap(([key, each]) => member(key, each));
}

function item(value: unknown): string[] {
  const [first = '', ...rest] = linesOf(value);
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

function member(key: string, value: unknown): string[] {
  const name = text(key);
  if (!hasParts(value)) return [`${name}: ${linesOf(value)[0]}`];
  return [`${name}:`, ...linesOf(value).map((line) => `  ${line}`)];
}

function hasParts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? text(value) : JSON.stringify(value ?? null);
}

// Words that no reader of YAML 1.1 or 1.2 takes for a number, a truth value, a date or a mark.
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$/;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;

// A quoted text of JSON is one of YAML, once what YAML does not print is escaped.
function text(value: string): string {
  if (PLAIN.test(value) && !RESERVED.test(value)) return value;
  return escapeHidden(JSON.stringify(value));
}
