import type { Json } from '@cloudtask/sdk';

/** A JSON Schema that is no bare `true` or `false`. */
export type SchemaNode = { [key: string]: Json };

/** Of schemas that are unions of unions: more choices than this no person can be told of. */
const MOST_VARIANTS = 64;
/** Of references that lead to references; one that leads into itself ends here. */
const DEEPEST = 16;

/**
 * The choices that a JSON Schema leaves, each of one type at most: references followed, unions and lists of types taken
 * apart, `allOf` put together. `{}` accepts anything; without choices nothing fits.
 */
export function variantsOf(root: Json, schema: Json | undefined, depth = 0): SchemaNode[] {
  if (schema === false) return [];
  if (!isNode(schema) || depth > DEEPEST) return [{}];
  const { $ref, allOf, anyOf, oneOf, ...own } = schema;
  let found: SchemaNode[] = splitTypes(own);
  const also = [
    ...(typeof $ref === 'string' ? [[referenced(root, $ref)]] : []),
    ...(Array.isArray(allOf) ? allOf.map((each) => [each]) : []),
    ...(Array.isArray(anyOf) ? [anyOf] : []),
    ...(Array.isArray(oneOf) ? [oneOf] : []),
  ];
  for (const choices of also) {
    const more = choices.flatMap((each) => variantsOf(root, each, depth + 1));
    found = found.flatMap((one) => more.flatMap((other) => bothOf(one, other))).slice(0, MOST_VARIANTS);
  }
  return found;
}

/** A member of what the choices are, and whether it has a name there at all. */
export interface Member {
  variants: SchemaNode[];
  isKnown: boolean;
  /** The members that there are, for "did you mean". */
  names: string[];
}

export function memberOf(root: Json, variants: readonly SchemaNode[], step: string): Member {
  // A choice that names the member says more of it than one that takes any.
  const naming = variants.filter((each) => Object.hasOwn(nodeOf(each['properties']), step));
  const found = (naming.length > 0 ? naming : variants).map((variant) => inVariant(root, variant, step));
  const known = found.filter((each) => typeof each !== 'string');
  // A text has no members: whoever checks the whole payload says so.
  const isText = known.length === 0 && found.includes('text');
  return {
    variants: isText ? [{}] : known.flat().slice(0, MOST_VARIANTS),
    isKnown: isText || known.length > 0 || variants.length === 0,
    names: [...new Set(variants.flatMap((each) => Object.keys(nodeOf(each['properties']))))],
  };
}

function inVariant(root: Json, variant: SchemaNode, step: string): SchemaNode[] | 'closed' | 'text' {
  const { type, properties, patternProperties, additionalProperties, unevaluatedProperties, items, prefixItems } =
    variant;
  if (type === 'array' || (type === undefined && (step === '' || items !== undefined))) {
    const at = Array.isArray(prefixItems) ? prefixItems[Number(step)] : undefined;
    return variantsOf(root, step !== '' && at !== undefined ? at : items);
  }
  if (type !== 'object' && type !== undefined) return 'text';
  const named = nodeOf(properties);
  if (Object.hasOwn(named, step)) return variantsOf(root, named[step]);
  const byPattern = Object.entries(nodeOf(patternProperties)).find(([pattern]) => matches(pattern, step));
  if (byPattern) return variantsOf(root, byPattern[1]);
  if (additionalProperties === false || unevaluatedProperties === false) return 'closed';
  return variantsOf(root, additionalProperties);
}

/** The members that have to be there, whichever choice it is. */
export function requiredOf(variants: readonly SchemaNode[]): string[] {
  const [first, ...rest] = variants.map(({ required }) => (Array.isArray(required) ? required.map(String) : []));
  return (first ?? []).filter((name) => rest.every((each) => each.includes(name)));
}

/** Whether a text matches a pattern of a schema; one that is no regular expression here matches nothing. */
export function matches(pattern: Json | undefined, text: string): boolean {
  try {
    return new RegExp(String(pattern), 'u').test(text);
  } catch {
    return false;
  }
}

function splitTypes({ nullable, ...node }: SchemaNode): SchemaNode[] {
  const { type } = node;
  const types = Array.isArray(type) ? type.map((each) => ({ ...node, type: each })) : [node];
  return nullable === true ? [...types, { type: 'null' }] : types;
}

function bothOf(one: SchemaNode, other: SchemaNode): SchemaNode[] {
  const [a, b] = [one['type'], other['type']];
  const isNumber = [a, b].includes('integer') && [a, b].includes('number');
  if (a !== undefined && b !== undefined && a !== b && !isNumber) return [];
  return [
    {
      ...one,
      ...other,
      ...(isNumber && { type: 'integer' }),
      ...(one['properties'] !== undefined &&
        other['properties'] !== undefined && {
          properties: { ...nodeOf(one['properties']), ...nodeOf(other['properties']) },
        }),
      ...(Array.isArray(one['required']) &&
        Array.isArray(other['required']) && { required: [...one['required'], ...other['required']] }),
    },
  ];
}

function referenced(root: Json, reference: string): Json {
  if (!reference.startsWith('#')) return true;
  let at: Json | undefined = root;
  for (const part of decodeURIComponent(reference).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isNode(at) && Object.hasOwn(at, key) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
  }
  return at ?? true;
}

export function nodeOf(value: Json | undefined): SchemaNode {
  return isNode(value) ? value : {};
}

function isNode(value: Json | undefined): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
