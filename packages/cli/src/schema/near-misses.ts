import type { Json } from '@cloudtask/sdk';
import { closest } from '../closest.ts';
import { memberOf, type SchemaNode, variantsOf } from './schema-variants.ts';

/** A member that a schema lets through, though it looks like a typing error of another. */
export interface NearMiss {
  /** `user.nmae` */
  path: string;
  meant: string;
}

/** Members that the schema does not name, and that are nearly one that it names and that is missing. */
export function nearMisses(schema: Json, payload: Json): NearMiss[] {
  return missesIn(schema, variantsOf(schema, schema), payload, '');
}

function missesIn(root: Json, variants: readonly SchemaNode[], value: Json, above: string): NearMiss[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const given = Object.keys(value);
  return Object.entries(value).flatMap(([name, each]) => {
    const member = memberOf(root, variants, name);
    const isNamed = member.names.includes(name) || variants.some((variant) => 'patternProperties' in variant);
    const meant = isNamed
      ? undefined
      : closest(
          name,
          member.names.filter((known) => known.length >= SHORTEST && !given.includes(known)),
        );
    const path = above + name;
    const here = meant === undefined ? [] : [{ path, meant: above + meant }];
    return [...here, ...missesIn(root, member.variants, each, `${path}.`)];
  });
}

/** Of two letters nearly every other name is near. */
const SHORTEST = 3;
