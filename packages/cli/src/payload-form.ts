import { Writable, type WritableOptions } from 'node:stream';
import type { Json, TypeInfo } from '@cloudtask/sdk';
import { interrupted } from './cli-error.ts';
import { fromText } from './convert-fields.ts';
import type { Output } from './output.ts';
import { schemaIssues } from './schema-issues.ts';
import { nodeOf, requiredOf, type SchemaNode, variantsOf } from './schema-variants.ts';
import type { Surroundings } from './surroundings.ts';
import { choicesOf } from './text-of-schema.ts';
import { fieldWords } from './views/field-words.ts';
import { printable } from './views/printable.ts';
import { typeText, valueText } from './views/type-text.ts';

/** What is asked: a member that has to be there. */
interface Question {
  steps: string[];
  schema: Json;
  variants: SchemaNode[];
  isSecret: boolean;
}

type Prompts = typeof import('@clack/prompts');

/** Asks for each member that the payload of a type has to have, and says how to do without being asked. */
export async function askForPayload(
  { out, surroundings }: { out: Output; surroundings: Pick<Surroundings, 'stdin' | 'stderr'> },
  { type, command }: { type: TypeInfo & { payloadSchema: Json }; command: string },
): Promise<Json> {
  // Loaded for those who are asked only.
  const prompts = await import('@clack/prompts');
  const io = { input: surroundings.stdin, output: sized(surroundings.stderr, out.look.width) };
  const payload: Record<string, Json> = {};
  for (const question of questionsOf(type)) {
    place(payload, question.steps, await askOne(prompts, io, type.payloadSchema, question));
  }
  out.say(`  Same as:  cloudtask ${[command, type.type, ...fieldWords(type, payload)].join(' ')}`);
  return payload;
}

function questionsOf(type: TypeInfo & { payloadSchema: Json }): Question[] {
  const root = type.payloadSchema;
  const below = (variants: readonly SchemaNode[], above: string[]): Question[] =>
    requiredOf(variants).flatMap((name) => {
      const schema =
        variants.map((each) => nodeOf(each['properties'])[name]).find((each) => each !== undefined) ?? true;
      const steps = [...above, name];
      const choices = variantsOf(root, schema);
      const isObject = choices.every((each) => each['type'] === 'object') && requiredOf(choices).length > 0;
      if (isObject && steps.length < DEEPEST) return below(choices, steps);
      return [{ steps, schema, variants: choices, isSecret: type.sensitive.includes(`/${steps.join('/')}`) }];
    });
  return below(variantsOf(root, root), []);
}

/** Schemas that hold themselves are asked for as JSON from there on. */
const DEEPEST = 4;

type Streams = { input: Surroundings['stdin']; output: Writable };

/** Some terminals say that they are 0 wide: the prompts would put each letter on a line of its own. */
function sized(terminal: Surroundings['stderr'], columns: number): Writable {
  if (terminal.columns > 0) return terminal;
  const write: WritableOptions['write'] = (chunk, _encoding, done) => void terminal.write(chunk, done);
  return Object.assign(new Writable({ write, decodeStrings: false }), { isTTY: true, columns, rows: 24 });
}

async function askOne(prompts: Prompts, io: Streams, root: Json, question: Question): Promise<Json> {
  const message = messageOf(root, question);
  const choices = choicesOf(question.variants);
  const validate = (text: string | undefined) => complaint(root, question, text ?? '');
  const { default: preset } = nodeOf(question.schema);
  const [example] = examplesOf(question.schema);
  const answer = question.isSecret
    ? await prompts.password({ ...io, message, validate })
    : choices.length > 0
      ? await prompts.select({ ...io, message, options: choices.map(toOption), maxItems: 10 })
      : await prompts.text({
          ...io,
          message,
          validate,
          ...(preset !== undefined && { initialValue: valueText(preset) }),
          ...(example !== undefined && { placeholder: valueText(example) }),
        });
  if (prompts.isCancel(answer)) throw interrupted();
  if (choices.length > 0 && !question.isSecret) return JSON.parse(answer) as Json;
  return fromText(root, question.variants, answer) ?? answer;
}

function messageOf(root: Json, { steps, schema, variants }: Question): string {
  const { description } = nodeOf(schema);
  const said = typeof description === 'string' ? `  ${printable(description)}` : '';
  const wants = choicesOf(variants).length > 0 ? '' : ` (${typeText(root, variants)})`;
  return `${printable(steps.join('.'))}${wants}${said}`;
}

function complaint(root: Json, { schema, variants }: Question, text: string): string | undefined {
  const value = fromText(root, variants, text);
  if (value === undefined) return `It has to be: ${typeText(root, variants)}`;
  const [issue] = schemaIssues(root, value, schema);
  return (
    issue &&
    `It ${issue.path === '' ? issue.message.replace(/^must be /, 'has to be: ') : `${issue.path} ${issue.message}`}`
  );
}

// As JSON: a list may offer 1 beside "1".
function toOption(value: Json): { value: string; label: string } {
  return { value: JSON.stringify(value), label: valueText(value) };
}

function examplesOf(schema: Json): Json[] {
  const { examples } = nodeOf(schema);
  return Array.isArray(examples) ? examples : [];
}

function place(payload: Record<string, Json>, steps: readonly string[], value: Json): void {
  const [step = '', ...rest] = steps;
  if (rest.length === 0) {
    payload[step] = value;
    return;
  }
  const below = nodeOf(payload[step]);
  payload[step] = below;
  place(below, rest, value);
}
