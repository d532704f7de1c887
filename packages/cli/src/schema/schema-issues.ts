import type { Issue, Json } from '@cloudtask/sdk';
import { typeText } from '../views/type-text.ts';
import { memberOf, type SchemaNode, variantsOf } from './schema-variants.ts';
import { fitsText } from './text-of-schema.ts';

/**
 * What of a value does not fit a JSON Schema, as JSON pointers. It is a look before the server's own: what it does not know
 * of a schema – conditions, counts of members – refuses nothing.
 */
export function schemaIssues(root: Json, value: Json | undefined, schema: Json = root, path = ''): Issue[] {
  return issuesIn(root, variantsOf(root, schema), value, path);
}

function issuesIn(root: Json, variants: readonly SchemaNode[], value: Json | undefined, path: string): Issue[] {
  const found = variants.map((variant) => inVariant(root, variant, value, path));
  if (found.some((issues) => issues.length === 0)) return [];
  // Of a union: the choice that is nearest says more than all of them.
  const ofKind = found.filter((_, at) => isOfType(variants[at]?.['type'], value));
  const [only] = ofKind.sort((a, b) => a.length - b.length);
  return only ?? [{ path, message: `must be ${typeText(root, variants)}` }];
}

function inVariant(root: Json, node: SchemaNode, value: Json | undefined, path: string): Issue[] {
  if (value === undefined) return [];
  const wrong = (message: string): Issue[] => [{ path, message }];
  if (!isOfType(node['type'], value) || !isChoice(node, value)) return wrong(`must be ${typeText(root, [node])}`);
  if (typeof value === 'string') return fitsText(node, value) ? [] : wrong(`must be ${typeText(root, [node])}`);
  if (typeof value === 'number') return isInRange(node, value) ? [] : wrong(`must be ${typeText(root, [node])}`);
  if (Array.isArray(value)) return inList(root, node, value, path);
  return typeof value === 'object' && value !== null ? inObject(root, node, value, path) : [];
}

function inList(root: Json, node: SchemaNode, value: readonly Json[], path: string): Issue[] {
  const { minItems, maxItems, uniqueItems } = node;
  if (typeof minItems === 'number' && value.length < minItems)
    return [{ path, message: `must have ${minItems} or more` }];
  if (typeof maxItems === 'number' && value.length > maxItems)
    return [{ path, message: `must have ${maxItems} or fewer` }];
  if (uniqueItems === true && new Set(value.map((each) => JSON.stringify(each))).size < value.length)
    return [{ path, message: 'must not have the same twice' }];
  return value.flatMap((each, at) =>
    issuesIn(root, memberOf(root, [{ ...node, type: 'array' }], String(at)).variants, each, `${path}/${at}`),
  );
}

function inObject(root: Json, node: SchemaNode, value: SchemaNode, path: string): Issue[] {
  const required = Array.isArray(node['required']) ? node['required'].map(String) : [];
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => ({ path: `${path}/${pointerPart(name)}`, message: 'is missing' })),
    ...Object.entries(value).flatMap(([name, each]) => {
      const below = `${path}/${pointerPart(name)}`;
      const member = memberOf(root, [{ ...node, type: 'object' }], name);
      return member.isKnown
        ? issuesIn(root, member.variants, each, below)
        : [{ path: below, message: 'is not a member' }];
    }),
  ];
}

function isChoice(node: SchemaNode, value: Json): boolean {
  const text = JSON.stringify(value);
  if ('const' in node && JSON.stringify(node['const']) !== text) return false;
  return !Array.isArray(node['enum']) || node['enum'].some((each) => JSON.stringify(each) === text);
}

function isInRange(node: SchemaNode, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  return (
    (typeof minimum !== 'number' || value >= minimum) &&
    (typeof maximum !== 'number' || value <= maximum) &&
    (typeof exclusiveMinimum !== 'number' || value > exclusiveMinimum) &&
    (typeof exclusiveMaximum !== 'number' || value < exclusiveMaximum)
  );
}

function isOfType(type: Json | undefined, value: Json | undefined): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return true;
  }
}

function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
