import type { Json, TypeInfo } from '@cloudtask/sdk';
import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';
import type { Field } from '../submit/fields.ts';
import { typeText, valueText } from '../views/type-text.ts';
import { memberOf, nodeOf, type SchemaNode, variantsOf } from './schema-variants.ts';
import { choicesOf, fitsText } from './text-of-schema.ts';

/** What of a type decides how a field is read. */
export type FieldSchema = Pick<TypeInfo, 'type' | 'payloadSchema' | 'sensitive'>;

/**
 * The values of fields, as the schema of a type wants them. Text that may stay text does; a value that cannot be what the
 * schema wants, or a name that it does not allow, is refused.
 */
export function convertFields(
  type: FieldSchema,
  fields: readonly Field[],
  /** Where the schema can be read. Default: where the server shows it. */
  { tryThis = `cloudtask types show ${type.type}` }: { tryThis?: string } = {},
): unknown[] {
  return fields.map((field) => convertField(type, field, fields, tryThis));
}

function convertField(
  { type, payloadSchema: root, sensitive }: FieldSchema,
  field: Field,
  all: readonly Field[],
  tryThis: string,
): unknown {
  if (root === null) return field.isJson ? field.json : field.text;
  let variants = variantsOf(root, root);
  for (const [at, step] of field.steps.entries()) {
    const above = field.steps.slice(0, at);
    const member = memberOf(root, meantVariants(root, variants, above, all), step);
    if (!member.isKnown) throw unknownField({ type, tryThis }, above, step, member.names);
    variants = member.variants;
  }
  if (field.isJson) return field.json;
  const value = fromText(root, variants, field.text);
  if (value !== undefined) return value;
  const isSecret = sensitive.includes(`/${field.steps.join('/')}`);
  throw misfit({ type, tryThis }, field, typeText(root, variants), choicesOf(variants).map(valueText), isSecret);
}

/** Of a union, the choices that its other fields leave: `kind=circle` is not the one whose `kind` is `text`. */
function meantVariants(
  root: Json,
  variants: readonly SchemaNode[],
  above: readonly string[],
  all: readonly Field[],
): readonly SchemaNode[] {
  if (variants.length < 2) return variants;
  const beside = all.filter(
    ({ steps }) => steps.length === above.length + 1 && above.every((step, at) => steps[at] === step),
  );
  const meant = variants.filter((variant) =>
    beside.every((field) => {
      const schema = nodeOf(variant['properties'])[field.steps.at(-1) ?? ''];
      const values = schema === undefined ? [] : variantsOf(root, schema).flatMap(named);
      const given = field.isJson ? JSON.stringify(field.json) : field.text;
      return (
        values.length === 0 || values.some((each) => given === (field.isJson ? JSON.stringify(each) : valueText(each)))
      );
    }),
  );
  return meant.length > 0 ? meant : variants;
}

/** A text as one of the choices; undefined when it is none of them. */
export function fromText(root: Json, variants: readonly SchemaNode[], text: string): Json | undefined {
  const chosen = variants.flatMap(named).find((each) => valueText(each) === text || each === text);
  if (chosen !== undefined) return chosen;
  const free = variants.filter((node) => named(node).length === 0);
  if (free.some((node) => node['type'] === undefined)) return text;
  const texts = free.filter((node) => node['type'] === 'string');
  if (texts.some((node) => fitsText(node, text))) return text;
  for (const node of free) {
    const value = READERS[String(node['type'])]?.(text, node, root);
    if (value !== undefined) return value;
  }
  // Too long, or another pattern: it is a text all the same, and the server says what is wrong with it.
  return texts.length > 0 ? text : undefined;
}

/** The values that a choice names. */
function named(node: SchemaNode): Json[] {
  if ('const' in node) return [node['const'] ?? null];
  return Array.isArray(node['enum']) ? node['enum'] : [];
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const READERS: Record<string, (text: string, node: SchemaNode, root: Json) => Json | undefined> = {
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  integer: (text) => (NUMBER.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  number: (text) => (NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
  null: (text) => (text === 'null' || text === '' ? null : undefined),
  array: (text, node, root) => {
    if (text.startsWith('[')) return parsed(text, Array.isArray);
    if (text === '') return [];
    const item = fromText(root, memberOf(root, [node], '0').variants, text);
    return item === undefined ? undefined : [item];
  },
  object: (text) => parsed(text, (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
};

function parsed(text: string, isWanted: (value: unknown) => boolean): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isWanted(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Told {
  type: string;
  tryThis: string;
}

function misfit(
  { type, tryThis }: Told,
  field: Extract<Field, { isJson: false }>,
  wanted: string,
  choices: readonly string[],
  isSecret: boolean,
) {
  const given = isSecret ? 'this' : JSON.stringify(field.text.slice(0, 40));
  const meant = isSecret ? undefined : closest(field.text, choices);
  return usageError(`${field.name} cannot be ${given}`, {
    why: `${type} wants ${wanted} there.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    tryThis,
  });
}

function unknownField({ type, tryThis }: Told, above: readonly string[], step: string, names: readonly string[]) {
  const meant = closest(step, names);
  const where = above.length === 0 ? type : `${above.join('.')} of ${type}`;
  return usageError(`${where} has no field ${step.slice(0, 40)}`, {
    why: meant === undefined ? `There are ${names.join(', ') || 'none'}.` : `Did you mean ${meant}?`,
    tryThis,
  });
}
