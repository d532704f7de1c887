import type { Json, TypeInfo } from '@cloudtask/sdk';
import type { Kind, Look } from '../output/answer.ts';
import { fieldWords } from './field-words.ts';
import { printable } from './printable.ts';
import { neededFields, schemaLines } from './schema-lines.ts';

/** Kinds of jobs, as workers registered them. */
export const typeKind: Kind<TypeInfo> = {
  id: ({ type }) => type,
  columns: [
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'WORKERS', text: ({ workers }) => String(workers) },
    { title: 'VERSION', text: ({ version }) => version ?? '' },
    { title: 'QUEUE', text: (info) => defaultOf(info, 'queue'), in: ['wide'] },
    { title: 'ATTEMPTS', text: (info) => defaultOf(info, 'maxAttempts'), in: ['wide'] },
    { title: 'TIMEOUT', text: (info) => defaultOf(info, 'timeout'), in: ['wide'] },
    { title: 'SCHEMA', text: ({ payloadSchema }) => (payloadSchema === null ? 'no' : 'yes'), in: ['wide', 'tsv'] },
    { title: 'DESCRIPTION', text: ({ title, description }) => title ?? description ?? '' },
  ],
  details: typeLines,
};

function defaultOf({ defaults }: TypeInfo, name: string): string {
  const value = isObject(defaults) ? defaults[name] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

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
export function exampleCommand(info: TypeInfo, command = 'submit'): string {
  const { type, examples, payloadSchema } = info;
  const [first] = examples;
  const words = isObject(first) ? fieldWords(info, first) : neededFields(payloadSchema);
  return ['cloudtask', command, type, ...words].join(' ');
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
