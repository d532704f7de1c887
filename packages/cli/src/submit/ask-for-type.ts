import type { TypeInfo } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { promptStreams } from '../prompt-streams.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';

/** Has one of these types chosen, by typing a part of its name or with the arrows; undefined when the question was left. */
export async function askForType(
  { out, surroundings }: { out: Output; surroundings: Pick<Surroundings, 'stdin' | 'stderr'> },
  types: readonly TypeInfo[],
): Promise<TypeInfo | undefined> {
  // Loaded only when something is asked.
  const { autocomplete, isCancel } = await import('@clack/prompts');
  const options = types.map(({ type, title, description }) => {
    const hint = title ?? description ?? '';
    return { value: type, label: printable(type), ...(hint !== '' && { hint: printable(hint) }) };
  });
  const chosen = await autocomplete({ message: 'Type', options, maxItems: 10, ...promptStreams(out, surroundings) });
  return isCancel(chosen) ? undefined : types.find((each) => each.type === chosen);
}
