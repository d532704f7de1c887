import { interrupted } from '../errors/cli-error.ts';
import type { Output } from '../output/output.ts';
import { promptStreams } from '../prompt-streams.ts';
import type { Surroundings } from '../surroundings.ts';

interface Question<Value extends string> {
  message: string;
  values: readonly Value[];
  first: Value;
}

/** One of several words, chosen with the arrow keys; on stderr, like every conversation. */
export async function askWord<Value extends string>(
  { out, surroundings }: { out: Output; surroundings: Pick<Surroundings, 'stdin' | 'stderr'> },
  { message, values, first }: Question<Value>,
): Promise<Value> {
  // Loaded only when something is asked.
  const { isCancel, select } = await import('@clack/prompts');
  const options = values.map((value) => ({ value: value as string, label: value }));
  const chosen = await select({ message, options, initialValue: first as string, ...promptStreams(out, surroundings) });
  if (isCancel(chosen)) throw interrupted();
  return chosen as Value;
}
