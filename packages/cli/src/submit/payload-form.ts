import type { Json, TypeInfo } from '@cloudtask/sdk';
import { interrupted } from '../errors/cli-error.ts';
import type { Output } from '../output/output.ts';
import { type PromptStreams, promptStreams } from '../prompt-streams.ts';
import { type FieldSchema, fromText } from '../schema/convert-fields.ts';
import { schemaIssues } from '../schema/schema-issues.ts';
import { nodeOf, requiredOf, type SchemaNode, variantsOf } from '../schema/schema-variants.ts';
import { choicesOf } from '../schema/text-of-schema.ts';
import type { Surroundings } from '../surroundings.ts';
import { fieldWords } from '../views/field-words.ts';
import { printable } from '../views/printable.ts';
import { typeText, valueText } from '../views/type-text.ts';

/** A member that is asked for. */
interface Question {
  steps: string[];
  schema: Json;
  variants: SchemaNode[];
  isSecret: boolean;
  isRequired: boolean;
  /** What stands there already, to be overwritten. */
  preset: Json | undefined;
}

/** Which members are asked for: those that have to be there, or every one; of those, what may be left out comes last. */
export type Asked = 'required' | 'all';

type FormType = FieldSchema & Pick<TypeInfo, 'examples'> & { payloadSchema: Json };

interface FormInput {
  type: FormType;
  /** The command that does the same with fields. */
  command: string;
  asked: Asked;
}

type Prompts = typeof import('@clack/prompts');

/** Asks for members of the payload of a type, and says how to do without being asked. Ctrl-C throws. */
export async function askForPayload(
  { out, surroundings }: { out: Output; surroundings: Pick<Surroundings, 'stdin' | 'stderr'> },
  { type, command, asked }: FormInput,
): Promise<Json> {
  // Loaded for those who are asked only.
  const prompts = await import('@clack/prompts');
  const io = promptStreams(out, surroundings);
  const payload: Record<string, Json> = {};
  for (const question of questionsOf(type, asked)) {
    const value = await askOne(prompts, io, type.payloadSchema, { ...question, mayBeEmpty: asked === 'required' });
    if (value !== undefined) place(payload, question.steps, value);
  }
  const same = `cloudtask ${[command, type.type, ...fieldWords(type, payload)].join(' ')}`;
  out.say(`  Same as:  ${out.typed(same)}`);
  return payload;
}

export function questionsOf(
  { payloadSchema: root, sensitive, examples }: Pick<FormType, 'payloadSchema' | 'sensitive' | 'examples'>,
  asked: Asked,
): Question[] {
  // Whoever is asked for everything wants to see a job run: an example does.
  const example = asked === 'all' ? (examples[0] as Json | undefined) : undefined;
  const below = (variants: readonly SchemaNode[], above: string[]): Question[] => {
    const required = requiredOf(variants);
    const named = asked === 'all' ? variants.flatMap((each) => Object.keys(nodeOf(each['properties']))) : [];
    return [...new Set([...required, ...named])].flatMap((name) => {
      const schema =
        variants.map((each) => nodeOf(each['properties'])[name]).find((each) => each !== undefined) ?? true;
      const steps = [...above, name];
      const choices = variantsOf(root, schema);
      const isRequired = required.includes(name);
      const isObject = choices.every((each) => each['type'] === 'object') && requiredOf(choices).length > 0;
      if (isRequired && isObject && steps.length < DEEPEST) return below(choices, steps);
      const isSecret = sensitive.includes(`/${steps.join('/')}`);
      const preset = memberAt(example, steps) ?? nodeOf(schema)['default'];
      return [{ steps, schema, variants: choices, isSecret, isRequired, preset }];
    });
  };
  return below(variantsOf(root, root), []);
}

/** Schemas that hold themselves are asked for as JSON from there on. */
const DEEPEST = 4;

interface Asking extends Question {
  /** Whether an answer of no letters is an empty text; else it leaves the member out. */
  mayBeEmpty: boolean;
}

async function askOne(prompts: Prompts, io: PromptStreams, root: Json, asking: Asking): Promise<Json | undefined> {
  const message = messageOf(root, asking);
  const choices = choicesOf(asking.variants);
  const validate = (text: string | undefined) => complaint(root, asking, text ?? '');
  const { preset, isRequired } = asking;
  const [example] = examplesOf(asking.schema);
  const answer = asking.isSecret
    ? await prompts.password({ ...io, message, validate })
    : choices.length > 0
      ? await prompts.select({
          ...io,
          message,
          options: [...choices.map(toOption), ...(isRequired ? [] : [NOTHING])],
          maxItems: 10,
          ...(preset !== undefined
            ? { initialValue: toOption(preset).value }
            : !isRequired && { initialValue: NOTHING.value }),
        })
      : await prompts.text({
          ...io,
          message,
          validate,
          ...(preset !== undefined && { initialValue: valueText(preset) }),
          ...(example !== undefined && { placeholder: valueText(example) }),
        });
  if (prompts.isCancel(answer)) throw interrupted();
  // Some answers of no letters are no text but nothing at all.
  const text = answer ?? '';
  if (text === '' && !asking.mayBeEmpty) return undefined;
  if (choices.length > 0 && !asking.isSecret) return JSON.parse(text) as Json;
  return fromText(root, asking.variants, text) ?? text;
}

function messageOf(root: Json, { steps, schema, variants, isRequired }: Question): string {
  const { description } = nodeOf(schema);
  const said = typeof description === 'string' ? `  ${printable(description)}` : '';
  const wants = choicesOf(variants).length > 0 ? [] : [typeText(root, variants)];
  const asJson = variants.some((each) => each['type'] === 'array' || each['type'] === 'object') ? ['as JSON'] : [];
  const notes = [...wants, ...asJson, ...(isRequired ? [] : ['may stay empty'])];
  return `${printable(steps.join('.'))}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}${said}`;
}

function complaint(root: Json, { schema, variants, isRequired, mayBeEmpty }: Asking, text: string): string | undefined {
  if (text === '' && !mayBeEmpty) return isRequired ? 'It has to be there' : undefined;
  const value = fromText(root, variants, text);
  if (value === undefined) return `It has to be: ${typeText(root, variants)}`;
  const [issue] = schemaIssues(root, value, schema);
  if (issue === undefined) return undefined;
  if (issue.path === '') return `It ${issue.message.replace(/^must be /, 'has to be: ')}`;
  // Of several kinds, which one was meant is not known: all are named.
  return variants.length > 1 ? `It has to be: ${typeText(root, variants)}` : `${issue.path} ${issue.message}`;
}

// As JSON: a list may offer 1 beside "1".
function toOption(value: Json): { value: string; label: string } {
  return { value: JSON.stringify(value), label: valueText(value) };
}

const NOTHING = { value: '', label: 'leave it out' };

function memberAt(value: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>((at, step) => nodeOf(at)[step], value);
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
