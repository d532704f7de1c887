import { Flags } from '@oclif/core';
import { openQuestions } from './ask.ts';
import type { Effect } from './effect.ts';
import { usageError } from './errors/cli-error.ts';
import type { Output } from './output/output.ts';
import type { Surroundings } from './surroundings.ts';
import { printable } from './views/printable.ts';

/** Of every command that may destroy something. */
export const confirmFlag = confirmFlagFor('name of the profile: says yes, and is needed on production');

export function confirmFlagFor(description: string) {
  return { confirm: Flags.string({ description, helpValue: 'NAME', multiple: true, multipleNonGreedy: true }) };
}

export interface GuardedCall {
  /** As it is typed. */
  command: string;
  effect: Effect;
  url: string;
  /** The profile that says that the server is production. */
  production: string | undefined;
  /** The profile that the server comes from; undefined when it comes from elsewhere. */
  profile: string | undefined;
  /** What `--confirm` was given. */
  confirmed: readonly string[];
  /** Arguments of the command: the thing that it is about may be confirmed as well. */
  things: readonly string[];
}

/**
 * Before anything is sent: names a production server, and has its name said once more before something is destroyed there.
 * Returns whether `--confirm` named the profile, which is a yes.
 */
export async function guardProduction(
  { out, surroundings }: { out: Output; surroundings: Surroundings },
  call: GuardedCall,
): Promise<boolean> {
  const name = call.production ?? call.profile;
  refuseOtherNames(call, name);
  const isConfirmed = name !== undefined && call.confirmed.includes(name);
  if (call.production === undefined || call.effect === 'reads') return isConfirmed;
  // A program may read stderr: there is one object there, or nothing.
  if (!out.isData) out.say(`  ${out.sayStyle.red(`production: ${printable(call.production)}`)}  ${call.url}`);
  if (call.effect === 'destroys' && !isConfirmed) await askForName({ out, surroundings }, call, call.production);
  return isConfirmed;
}

/** A line that was written for another server must not do here what it was meant for there. */
function refuseOtherNames({ confirmed, things }: GuardedCall, name: string | undefined): void {
  const known = [...things, ...(name === undefined ? [] : [name])];
  if (confirmed.every((each) => known.includes(each))) return;
  const why = 'Nothing was changed.';
  if (known.length === 0)
    throw usageError('--confirm is for servers that have a profile', { why: `${why} Here --yes says yes.` });
  throw usageError(`--confirm is not ${known.map(printable).join(' or ')}`, { why });
}

async function askForName(
  { out, surroundings }: { out: Output; surroundings: Surroundings },
  { command }: GuardedCall,
  production: string,
): Promise<void> {
  const name = printable(production);
  if (!out.look.mayAsk) {
    throw usageError(`${name} is production: pass --confirm ${name}`, {
      why: 'There is no terminal to type its name on, and --yes alone is not enough there. Nothing was changed.',
      tryThis: `cloudtask ${command} … --confirm ${name}`,
    });
  }
  const questions = openQuestions(surroundings);
  try {
    const typed = await questions.text(`This is production. Type ${name} to go on`);
    if (typed !== production) throw usageError('that is another name', { why: 'Nothing was changed.' });
  } finally {
    questions.close();
  }
}
