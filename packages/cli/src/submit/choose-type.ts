import { openQuestions } from '../ask.ts';
import { closest } from '../closest.ts';
import { interrupted, usageError } from '../errors/cli-error.ts';
import { printable } from '../views/printable.ts';
import { isField } from './fields.ts';
import type { PrepareDeps } from './prepare-deps.ts';

/**
 * A type that no worker ever registered is often a typing error: before it is sent, the one that was meant is offered. It is
 * only an offer, because a server takes jobs for workers that are still to come; where nobody can be asked it is sent.
 * Without any, one is chosen from those that are known.
 */
export async function chooseType(
  deps: PrepareDeps,
  { command, type: asked }: { command: string; type: string | undefined },
): Promise<string> {
  const { types, out, surroundings } = deps;
  if (asked === undefined) return knownType(deps, command);
  if (isField(asked)) {
    throw usageError('the type is missing', {
      why: 'The first word is a field. The type of the job comes before its fields.',
      tryThis: `cloudtask ${command} TYPE …`,
    });
  }
  if (!out.look.mayAsk || (await types.find(asked)) !== undefined) return asked;
  const meant = closest(
    asked,
    (await types.all()).map(({ type }) => type),
  );
  if (meant === undefined) return asked;
  const questions = openQuestions(surroundings);
  try {
    const question = `No worker has registered ${printable(asked)}. Use ${printable(meant)} instead? (Y/n)`;
    return /^no?$/i.test(await questions.text(question)) ? asked : meant;
  } finally {
    questions.close();
  }
}

async function knownType({ types, out, surroundings }: PrepareDeps, command: string): Promise<string> {
  const known = out.look.mayAsk ? await types.all() : [];
  if (known.length === 0)
    throw usageError('the type is missing', { why: `It is called so: cloudtask ${command} TYPE [FIELD...]` });
  const { askForType } = await import('./ask-for-type.ts');
  const chosen = await askForType({ out, surroundings }, known);
  if (chosen === undefined) throw interrupted();
  return chosen.type;
}
