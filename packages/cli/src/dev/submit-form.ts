import type { CloudTask, Json, TypeInfo } from '@cloudtask/sdk';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { promptStreams } from '../prompt-streams.ts';
import { askForPayload, questionsOf } from '../submit/payload-form.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';

export interface Order {
  type: string;
  payload: Json;
}

interface FormDeps {
  ct: CloudTask;
  out: Output;
  surroundings: Pick<Surroundings, 'stdin' | 'stderr'>;
}

/** Asks for a type and for its payload; undefined when the questions were left. */
export async function askForJob(deps: FormDeps): Promise<Order | undefined> {
  const type = await askForType(deps);
  if (type === undefined) return undefined;
  try {
    return { type: type.type, payload: await payloadOf(deps, type) };
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.interrupted) return undefined;
    throw error;
  }
}

async function askForType({ ct, out, surroundings }: FormDeps): Promise<TypeInfo | undefined> {
  // Loaded only when something is asked.
  const { isCancel, select } = await import('@clack/prompts');
  const types = (await ct.types.list().toArray({ limit: 200 })).filter(({ workers }) => workers > 0);
  const options = types.map(({ type, title, description }) => {
    const hint = title ?? description ?? '';
    return { value: type, label: printable(type), ...(hint !== '' && { hint: printable(hint) }) };
  });
  const chosen = await select({ message: 'Type', options, maxItems: 10, ...promptStreams(out, surroundings) });
  return isCancel(chosen) ? undefined : types.find((each) => each.type === chosen);
}

/** Of a type that says nothing of its members the example is taken as it is. */
async function payloadOf({ out, surroundings }: FormDeps, type: TypeInfo): Promise<Json> {
  const { payloadSchema } = type;
  const example = (type.examples[0] as Json | undefined) ?? null;
  if (payloadSchema === null || questionsOf({ ...type, payloadSchema }, 'all').length === 0) return example;
  return askForPayload({ out, surroundings }, { type: { ...type, payloadSchema }, command: 'submit', asked: 'all' });
}
