import { openQuestions } from './ask.ts';
import { usageError } from './errors/cli-error.ts';
import type { Output } from './output/output.ts';
import type { Surroundings } from './surroundings.ts';

/** Asks before many things change. Where nobody can be asked, `--yes` has to say it: in scripts and under `-o json` too. */
export async function confirm(
  { out, surroundings }: { out: Output; surroundings: Surroundings },
  { question, yes }: { question: string; yes: boolean },
): Promise<boolean> {
  if (yes) return true;
  if (!out.look.mayAsk) {
    throw usageError('there is no terminal to ask for a yes on', {
      why: `${question.replace(/\?$/, '')}: pass --yes to say so, or --dry-run to see which.`,
    });
  }
  const questions = openQuestions(surroundings);
  try {
    return /^y(es)?$/i.test(await questions.text(`${question} (y/N)`));
  } finally {
    questions.close();
  }
}
