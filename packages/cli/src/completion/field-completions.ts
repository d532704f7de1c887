import type { Json } from '@cloudtask/sdk';
import { memberOf, nodeOf, type SchemaNode, variantsOf } from '../schema/schema-variants.ts';
import { choicesOf } from '../schema/text-of-schema.ts';
import { valueText } from '../views/type-text.ts';

/** Schemas that hold themselves are completed so deep. */
const DEEPEST = 4;

/** What a field of a payload may be completed to: its name with an `=`, and after that the values that there are. */
export function fieldCompletions(schema: Json | null | undefined, typed: string): string[] {
  if (schema === null || schema === undefined) return [];
  const at = typed.indexOf('=');
  if (at < 0) return namesIn(schema, variantsOf(schema, schema), '', 0);
  const isJson = typed[at - 1] === ':';
  const path = typed.slice(0, isJson ? at - 1 : at);
  return choicesOf(variantsAt(schema, path)).map(
    (value) => `${typed.slice(0, at + 1)}${isJson ? JSON.stringify(value) : valueText(value)}`,
  );
}

function variantsAt(root: Json, path: string): SchemaNode[] {
  const steps = path.replaceAll(']', '').split(/[.[]/);
  return steps.reduce((variants, step) => memberOf(root, variants, step).variants, variantsOf(root, root));
}

function namesIn(root: Json, variants: readonly SchemaNode[], above: string, depth: number): string[] {
  if (depth >= DEEPEST) return [];
  return variants.flatMap(({ properties }) =>
    Object.entries(nodeOf(properties)).flatMap(([name, schema]) => {
      const choices = variantsOf(root, schema);
      const isList = choices.length > 0 && choices.every(({ type }) => type === 'array' || type === 'null');
      const below = namesIn(root, choices, `${above}${name}.`, depth + 1);
      return below.length > 0 ? below : [`${above}${name}${isList ? '[]' : ''}=`];
    }),
  );
}
