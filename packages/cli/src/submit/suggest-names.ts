import type { Json } from '@cloudtask/sdk';
import { closest } from '../closest.ts';
import type { Output } from '../output/output.ts';
import type { KnownTypes } from '../schema/known-types.ts';
import { nodeOf } from '../schema/schema-variants.ts';
import { printable } from '../views/printable.ts';

/** Says which type and which queue were probably meant, where those that were named are unknown. Nothing is refused. */
export async function suggestNames(
  { out, types }: { out: Output; types: KnownTypes },
  { type, queue }: { type?: string | undefined; queue?: string | undefined },
): Promise<void> {
  const known = await types.all();
  const names = known.map((each) => each.type);
  const meantType = type === undefined || names.includes(type) ? undefined : closest(type, names);
  if (meantType !== undefined) out.say(`  Did you mean ${printable(meantType)}?`);
  // Queues are the operators' business: what everybody may know are those in which types run by default.
  const queues = ['default', ...known.flatMap(({ defaults }) => queueOf(defaults))];
  const meantQueue = queue === undefined || queues.includes(queue) ? undefined : closest(queue, queues);
  if (meantQueue !== undefined) out.say(`  Did you mean --queue ${printable(meantQueue)}?`);
}

function queueOf(defaults: Json): string[] {
  const { queue } = nodeOf(defaults);
  return typeof queue === 'string' ? [queue] : [];
}
