import type { Json, TypeInfo } from '@cloudtask/sdk';
import type { Kind, Look } from '../answer.ts';
import { printable } from './printable.ts';
import { neededFields, schemaLines } from './schema-lines.ts';

/** Kinds of jobs, as workers registered them. */
export const typeKind: Kind<TypeInfo> = {
  id: ({ type }) => type,
  columns: [
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'WORKERS', text: ({ workers }) => String(workers) },
    { title: 'VERSION', text: ({ version }) => version ?? '' },
    { title: 'SCHEMA', text: ({ payloadSchema }) => (payloadSchema === null ? 'no' : 'yes'), in: ['wide', 'tsv'] },
    { title: 'DESCRIPTION', text: ({ title, description }) => title ?? description ?? '' },
  ],
  details: typeLines,
};

function typeLines(info: TypeInfo, look: Look): string[] {
  const { style } = look;
  const { type, version, workers, title, description, payloadSchema, resultSchema, defaults } = info;
  const said = [title, description].filter((each) => each !== null && each !== '').map((each) => printable(each ?? ''));
  return [
    `${style.bold(printable(type))}${version === null ? '' : `  version ${printable(version)}`}   ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    ...said.map((each) => `  ${each}`),
    ...(hasMembers(defaults) ? ['', `  ${style.dim('Defaults')}  ${printable(JSON.stringify(defaults))}`] : []),
    ...schemaBlock('Payload', payloadSchema, info.sensitive, look),
    ...schemaBlock('Result', resultSchema, [], look),
    '',
    `  ${style.dim('Try: ')} ${printable(exampleCommand(info))}`,
  ];
}

function schemaBlock(title: string, schema: Json | null, sensitive: readonly string[], { style }: Look): string[] {
  if (schema === null) return [];
  return ['', `  ${style.dim(title)}`, ...schemaLines(schema, sensitive).map((line) => `    ${line}`)];
}

function hasMembers(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** A payload that fits, as a command to copy. */
function exampleCommand({ type, examples, payloadSchema }: TypeInfo): string {
  const [first] = examples;
  if (typeof first !== 'object' || first === null || Array.isArray(first))
    return `cloudtask submit ${[type, ...neededFields(payloadSchema)].join(' ')}`;
  const fields = Object.entries(first).map(([key, value]) =>
    quoted(
      typeof value === 'string' && !value.startsWith('@') ? `${key}=${value}` : `${key}:=${JSON.stringify(value)}`,
    ),
  );
  return `cloudtask submit ${type} ${fields.join(' ')}`;
}

function quoted(word: string): string {
  return /^[\w.,:=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
