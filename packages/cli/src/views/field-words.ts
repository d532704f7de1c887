import type { Json } from '@cloudtask/sdk';
import { type FieldSchema, fromText } from '../schema/convert-fields.ts';
import { memberOf, variantsOf } from '../schema/schema-variants.ts';
import { printable } from './printable.ts';
import { shellWord } from './shell-word.ts';
import { valueText } from './type-text.ts';

/** A payload as fields of a command line, for people to copy: sensitive members are a gap. */
export function fieldWords({ payloadSchema, sensitive }: FieldSchema, payload: Json): string[] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return ['--payload', shellWord(JSON.stringify(payload))];
  return Object.entries(payload).map(([name, value]) => {
    if (sensitive.some((pointer) => pointer === `/${name}` || pointer.startsWith(`/${name}/`))) return `${name}=…`;
    return shellWord(printable(fieldWord(payloadSchema, name, value)));
  });
}

function fieldWord(root: Json | null, name: string, value: Json): string {
  const text = valueText(value);
  // Without a schema text stays text.
  const schema = root ?? true;
  const { variants } = memberOf(schema, variantsOf(schema, schema), name);
  const isRead = JSON.stringify(fromText(schema, variants, text)) === JSON.stringify(value);
  // What begins with @ would be a file.
  return isRead && !text.startsWith('@') && typeof value !== 'object'
    ? `${name}=${text}`
    : `${name}:=${JSON.stringify(value)}`;
}
