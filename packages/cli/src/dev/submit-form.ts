import type { CloudTask, Json, TypeInfo } from '@cloudtask/sdk';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { askForType } from '../submit/ask-for-type.ts';
import { askForPayload, questionsOf } from '../submit/payload-form.ts';
import type { Surroundings } from '../surroundings.ts';

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
  const type = await typeThatRuns(deps);
  if (type === undefined) return undefined;
  try {
    return { type: type.type, payload: await payloadOf(deps, type) };
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.interrupted) return undefined;
    throw error;
  }
}

async function typeThatRuns({ ct, out, surroundings }: FormDeps): Promise<TypeInfo | undefined> {
  const types = (await ct.types.list().toArray({ limit: 200 })).filter(({ workers }) => workers > 0);
  return askForType({ out, surroundings }, types);
}

/** Of a type that says nothing of its members the example is taken as it is. */
async function payloadOf({ out, surroundings }: FormDeps, type: TypeInfo): Promise<Json> {
  const { payloadSchema } = type;
  const example = (type.examples[0] as Json | undefined) ?? null;
  if (payloadSchema === null || questionsOf({ ...type, payloadSchema }, 'all').length === 0) return example;
  return askForPayload({ out, surroundings }, { type: { ...type, payloadSchema }, command: 'submit', asked: 'all' });
}
