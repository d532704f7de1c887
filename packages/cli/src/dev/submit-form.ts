import type { CloudTask, Json, TypeInfo } from '@cloudtask/sdk';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';

type Node = { [key: string]: Json };

export interface Order {
  type: string;
  payload: Json;
}

/** Asks for a type and for what its schema needs; undefined when the questions were left. */
export async function askForJob({
  ct,
  stdin,
  stderr,
}: { ct: CloudTask } & Pick<Surroundings, 'stdin' | 'stderr'>): Promise<Order | undefined> {
  // Loaded only when something is asked.
  const { isCancel, select, text } = await import('@clack/prompts');
  const streams = { input: stdin, output: stderr };
  const types = (await ct.types.list().toArray({ limit: 200 })).filter(({ workers }) => workers > 0);
  const options = types.map(({ type, title, description }) => {
    const hint = title ?? description ?? '';
    return { value: type, label: printable(type), ...(hint !== '' && { hint: printable(hint) }) };
  });
  const type = await select({ message: 'Type', options, maxItems: 10, ...streams });
  if (isCancel(type)) return undefined;
  const info = types.find((each) => each.type === type);
  const payload: Node = {};
  for (const { name, schema, isRequired, preset } of questionsOf(info)) {
    const given = await text({
      message: `${printable(name)}${isRequired ? '' : ' (may stay empty)'}`,
      ...(preset !== undefined && { initialValue: preset }),
      validate: (answer = '') => whyNot(answer, schema, isRequired),
      ...streams,
    });
    if (isCancel(given)) return undefined;
    if (given !== '' && given !== undefined) payload[name] = typedValue(given, schema);
  }
  if (questionsOf(info).length > 0) return { type, payload };
  return { type, payload: (info?.examples[0] as Json | undefined) ?? null };
}

interface Question {
  name: string;
  schema: Node;
  isRequired: boolean;
  preset: string | undefined;
}

/** One for each member of the payload; what may be left out comes last. */
export function questionsOf(info: Pick<TypeInfo, 'payloadSchema' | 'examples'> | undefined): Question[] {
  const schema = asNode(info?.payloadSchema ?? null);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const example = asNode((info?.examples[0] as Json | undefined) ?? null);
  const questions = Object.entries(asNode(schema['properties'] ?? null)).map(([name, member]) => {
    const value = example[name];
    const preset = value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
    return { name, schema: asNode(member), isRequired: required.includes(name), preset };
  });
  return questions.sort((a, b) => Number(b.isRequired) - Number(a.isRequired));
}

/** Text where the schema says text, or says nothing of what was typed; JSON elsewhere. */
export function typedValue(typed: string, schema: Node): Json {
  if (isText(schema)) return typed;
  try {
    return JSON.parse(typed) as Json;
  } catch {
    return typed;
  }
}

function whyNot(typed: string, schema: Node, isRequired: boolean): string | undefined {
  if (typed === '') return isRequired ? 'It has to be there' : undefined;
  if (isText(schema) || schema['type'] === undefined) return undefined;
  try {
    JSON.parse(typed);
    return undefined;
  } catch {
    return `It is ${String(schema['type'])}, as JSON: 3, true, ["a"]`;
  }
}

function isText({ type, enum: choices }: Node): boolean {
  if (Array.isArray(choices)) return choices.every((choice) => typeof choice === 'string');
  return type === 'string' || (Array.isArray(type) && type.includes('string'));
}

function asNode(value: Json): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
