import type { CreateOptions, Json } from '@cloudtask/sdk';
import { usageError } from '../errors/cli-error.ts';
import { sourceReader } from '../read-source.ts';
import { nearMisses } from '../schema/near-misses.ts';
import { requiredOf, variantsOf } from '../schema/schema-variants.ts';
import { printable } from '../views/printable.ts';
import { chooseType } from './choose-type.ts';
import type { PrepareDeps } from './prepare-deps.ts';
import { convertFor, createOptionsOf, hasTextFields, payloadOf, type SubmitInput } from './submission.ts';

/** A job before it is sent. */
export interface PreparedJob {
  type: string;
  payload: Json | undefined;
  options: CreateOptions;
}

export interface PrepareInput {
  command: 'submit' | 'run';
  /** Undefined: it is asked for. */
  type: string | undefined;
  flags: SubmitInput & { edit?: boolean };
  /** Fields. */
  words: readonly string[];
}

/** Type, payload and options of a command line; what is missing is asked for where somebody can be asked. */
export async function prepareJob(
  deps: PrepareDeps,
  { command, type: asked, flags, words }: PrepareInput,
): Promise<PreparedJob> {
  const type = await chooseType(deps, { command, type: asked });
  const read = sourceReader(deps.surroundings);
  const options = await createOptionsOf(read, flags);
  const given = await payloadOf(read, flags, words, { convert: convertFor(deps.types, type) });
  // Loaded for those who have to say more only.
  if (flags.edit) {
    const { editPayload } = await import('./edit-payload.ts');
    return { type, options, payload: await editPayload(deps, { type, given }) };
  }
  // Fields that are JSON ask for no schema.
  if (given !== undefined && hasTextFields(flags, words)) await warnOfMisses(deps, type, given);
  return { type, options, payload: given === undefined ? await missingPayload(deps, { command, type }) : given };
}

/** A schema that takes any other member takes a typing error too. Nothing is refused: it may be meant. */
async function warnOfMisses({ types, out }: PrepareDeps, name: string, payload: Json): Promise<void> {
  const schema = (await types.find(name))?.payloadSchema ?? null;
  if (schema === null) return;
  for (const { path, meant } of nearMisses(schema, payload))
    out.say(
      `${out.sayStyle.yellow('!')} ${name} knows no field ${printable(path)}. Did you mean ${printable(meant)}? It is sent as it is.`,
    );
}

/** The payload of somebody who gave none: asked for when the type has to have one. */
async function missingPayload(
  { types, out, surroundings }: PrepareDeps,
  { command, type: name }: { command: string; type: string },
): Promise<Json | undefined> {
  if (neededBy((await types.find(name))?.payloadSchema).length === 0) return undefined;
  // A kept schema refuses nothing.
  const type = await types.renewed(name);
  const schema = type?.payloadSchema ?? null;
  const missing = neededBy(schema);
  if (type === undefined || schema === null || missing.length === 0) return undefined;
  if (out.look.mayAsk) {
    const { askForPayload } = await import('./payload-form.ts');
    return askForPayload(
      { out, surroundings },
      { command, type: { ...type, payloadSchema: schema }, asked: 'required' },
    );
  }
  const { neededFields } = await import('../views/schema-lines.ts');
  throw usageError(`${name} needs ${missing.join(', ')}`, {
    why: 'There is no terminal to ask on. Pass them as fields, or the whole payload with --payload.',
    tryThis: `cloudtask ${[command, name, ...neededFields(schema)].join(' ')}`,
  });
}

function neededBy(schema: Json | null | undefined): string[] {
  return schema === null || schema === undefined ? [] : requiredOf(variantsOf(schema, schema));
}
