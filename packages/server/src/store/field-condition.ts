import { type RawBuilder, sql } from 'kysely';

/** A condition on one member of a payload. */
export interface FieldCondition {
  path: string[];
  /** JSON: the very value. Text: what is this text, or a number or truth value that is written so. */
  value: { json: string } | { text: string };
  /** The member is a list, and one of its items is meant. */
  isItem: boolean;
}

const FIELD = /^([^=]+?)(:?)=(.*)$/s;

/** `to=ada@example.com`, `user.name=Ada`, `n:=3`, `tags[]=a`, as in the fields of `cloudtask submit`; else a sentence that says what is wrong. */
export function readFieldCondition(field: string): FieldCondition | string {
  const [, key = '', isJson, text = ''] = FIELD.exec(field) ?? [];
  if (key === '') return 'is no condition on a member of the payload: to=ada@example.com, n:=3, tags[]=a';
  const isItem = key.endsWith('[]');
  const [, head = '', rest = ''] = /^([^[]*)(.*)$/s.exec(isItem ? key.slice(0, -2) : key) ?? [];
  const inBrackets = [...rest.matchAll(/\[([^[\]]+)\]/g)];
  const path = [...head.split('.'), ...inBrackets.map(([, step = '']) => step)];
  if (inBrackets.map(([whole]) => whole).join('') !== rest || path.includes(''))
    return 'has a path that cannot be read: user.name, items[0], tags[] at the end';
  if (path.length > MOST_STEPS) return `has a path of more than ${MOST_STEPS} steps: no payload is nested deeper`;
  if (!isJson) return { path, value: { text }, isItem };
  try {
    return { path, value: { json: JSON.stringify(JSON.parse(text)) }, isItem };
  } catch {
    return 'has a value behind := that is no JSON; text stands behind =';
  }
}

/** As deep as payloads may be. */
const MOST_STEPS = 32;

/** Whether the payload `j.payload` meets it. Only what is on the path is looked at as `jsonb`: payloads may be large. */
export function meetsField({ path, value, isItem }: FieldCondition): RawBuilder<boolean> {
  const at = sql`${path}::text[]`;
  if (!isItem) {
    return 'text' in value
      ? sql<boolean>`j.payload #>> ${at} = ${value.text}`
      : sql<boolean>`(j.payload #> ${at})::jsonb = ${value.json}::jsonb`;
  }
  const items = sql`json_array_elements(case json_typeof(j.payload #> ${at}) when 'array' then j.payload #> ${at} end)`;
  return 'text' in value
    ? sql<boolean>`exists (select from ${items} as item where item #>> '{}' = ${value.text})`
    : sql<boolean>`exists (select from ${items} as item where item::jsonb = ${value.json}::jsonb)`;
}
