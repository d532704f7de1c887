import { openQuestions } from '../ask.ts';
import { closest } from '../closest.ts';
import { printable } from '../views/printable.ts';
import type { PrepareDeps } from './prepare-deps.ts';

/**
 * A type that no worker ever registered is often a typing error: before it is sent, the one that was meant is offered. It is
 * only an offer, because a server takes jobs for workers that are still to come; where nobody can be asked it is sent.
 */
export async function chooseType({ types, out, surroundings }: PrepareDeps, asked: string): Promise<string> {
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
