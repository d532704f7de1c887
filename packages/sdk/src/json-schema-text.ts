import type { Json } from './contract.ts';

type JsonObject = { [key: string]: Json };

interface Place {
  root: Json;
  /** References that are being followed: one that leads into itself ends as any JSON. */
  following: readonly string[];
  indent: string;
}

/** The TypeScript type of what a JSON Schema accepts, as text; what types cannot say is left open. */
export function jsonSchemaText(schema: Json, indent = ''): string {
  return textOf(schema, { root: schema, following: [], indent });
}

/** A text in single quotes, as an expression or a type. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A doc comment and a line end; nothing when there is nothing to say. */
export function commentText(said: Json | undefined, indent: string): string {
  if (typeof said !== 'string' || said.trim() === '') return '';
  const lines = said
    .trim()
    .replaceAll('*/', '*\\/')
    .split(/\r\n|\n|\r/);
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

function textOf(schema: Json | undefined, place: Place): string {
  if (schema === false) return 'never';
  if (!isObject(schema)) return 'Json';
  const parts = [
    ...(typeof schema['$ref'] === 'string' ? [referenced(schema['$ref'], place)] : []),
    ...(Array.isArray(schema['allOf']) ? schema['allOf'].map((each) => textOf(each, place)) : []),
    ...['anyOf', 'oneOf'].flatMap((key) => {
      const choices = schema[key];
      return Array.isArray(choices) ? [union(choices.map((each) => textOf(each, place)))] : [];
    }),
    ...own(schema, place),
  ].filter((part) => part !== 'Json');
  const [first = 'Json', ...rest] = new Set(parts);
  const text = rest.length === 0 ? first : [first, ...rest].map(inBrackets).join(' & ');
  return schema['nullable'] === true ? union([text, 'null']) : text;
}

function referenced(reference: string, place: Place): string {
  if (!reference.startsWith('#') || place.following.includes(reference)) return 'Json';
  let at: Json | undefined = place.root;
  for (const part of decodeURIComponent(reference).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return textOf(at, { ...place, following: [...place.following, reference] });
}

/** What the schema says itself, beside what it refers to. */
function own(schema: JsonObject, place: Place): string[] {
  if ('const' in schema) return [literal(schema['const'])];
  if (Array.isArray(schema['enum'])) return [union(schema['enum'].map(literal))];
  const { type } = schema;
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? type : impliedTypes(schema);
  return types.length === 0 ? [] : [union(types.map((each) => ofType(each, schema, place)))];
}

function impliedTypes(schema: JsonObject): string[] {
  if ('properties' in schema) return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : [];
}

function ofType(type: Json, schema: JsonObject, place: Place): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'null':
      return type;
    case 'integer':
      return 'number';
    case 'array':
      return arrayText(schema, place);
    case 'object':
      return objectText(schema, place);
    default:
      return 'Json';
  }
}

function arrayText({ prefixItems, items }: JsonObject, place: Place): string {
  if (!Array.isArray(prefixItems)) return `${inBrackets(textOf(items, place))}[]`;
  const members = prefixItems.map((each) => textOf(each, place));
  if (items !== false) members.push(`...${inBrackets(textOf(items, place))}[]`);
  return `[${members.join(', ')}]`;
}

function objectText(schema: JsonObject, place: Place): string {
  const { properties, required, additionalProperties, patternProperties } = schema;
  const named = isObject(properties) ? Object.entries(properties) : [];
  if (named.length === 0) {
    if (additionalProperties === false && !isObject(patternProperties)) return '{ [key: string]: never }';
    const values = isObject(patternProperties) ? Object.values(patternProperties) : [additionalProperties];
    return `{ [key: string]: ${union(values.map((each) => textOf(each, place)))} }`;
  }
  // Other members may be allowed; an index signature would have to fit those that are named too.
  const needed = new Set(Array.isArray(required) ? required : []);
  const inner = { ...place, indent: `${place.indent}  ` };
  const lines = named.map(([name, each]) => {
    const comment = commentText(isObject(each) ? each['description'] : undefined, inner.indent);
    return `${comment}${inner.indent}${memberName(name)}${needed.has(name) ? '' : '?'}: ${textOf(each, inner)};\n`;
  });
  return `{\n${lines.join('')}${place.indent}}`;
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function literal(value: Json | undefined): string {
  if (typeof value === 'string') return quoted(value);
  return value === undefined || (typeof value === 'object' && value !== null) ? 'Json' : String(value);
}

function union(texts: readonly string[]): string {
  if (texts.includes('Json')) return 'Json';
  const different = [...new Set(texts)].filter((each) => each !== 'never');
  return different.length === 0 ? 'never' : different.join(' | ');
}

/** Around what would otherwise be torn apart by what stands beside it. */
function inBrackets(text: string): string {
  return / [|&] /.test(text) ? `(${text})` : text;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
