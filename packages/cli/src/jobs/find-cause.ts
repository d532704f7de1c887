import type { CloudTask, FailureCause } from '@cloudtask/sdk';
import { Args } from '@oclif/core';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';

export const causeArg = {
  cause: Args.string({ description: 'a cause, or its beginning', required: true, ignoreStdin: true }),
};

/** Which failures are looked among: those that need a look, those that were discarded, or these when there is none of those. */
export type Among = 'listed' | 'discarded' | 'all';

/** The cause that begins so. */
export async function findCause(ct: CloudTask, beginning: string, among: Among = 'listed'): Promise<FailureCause> {
  // A variable of a script that is empty would mean the only cause that there is.
  if (beginning === '') throw notFound(beginning);
  const cause = await oneOf(ct, beginning, among === 'discarded');
  if (cause) return cause;
  const other = await oneOf(ct, beginning, among !== 'discarded');
  if (other && among === 'all') return other;
  throw other ? isElsewhere(other, among) : notFound(beginning);
}

async function oneOf(ct: CloudTask, beginning: string, discarded: boolean): Promise<FailureCause | undefined> {
  const found: FailureCause[] = [];
  for await (const cause of ct.failures.list({ limit: 1_000, ...(discarded && { discarded }) })) {
    if (cause.fingerprint === beginning) return cause;
    if (cause.fingerprint.startsWith(beginning)) found.push(cause);
  }
  const [first, second] = found;
  if (second)
    throw usageError(`several causes begin with ${beginning}`, {
      tryThis: listCommand(discarded ? 'discarded' : 'listed'),
    });
  return first;
}

function isElsewhere({ fingerprint }: FailureCause, among: Among): CliError {
  const short = fingerprint.slice(0, 6);
  return among === 'discarded'
    ? new CliError(`no failure with the cause ${short} was discarded`, {
        code: 'CAUSE_NOT_FOUND',
        exit: EXIT.notFound,
        why: 'Its failures are in the list, and need a look.',
        tryThis: listCommand('discarded'),
      })
    : new CliError(`all failures with the cause ${short} were discarded`, {
        code: 'CAUSE_NOT_FOUND',
        exit: EXIT.notFound,
        why: 'What was discarded is retried only by the id of a job, or after it was restored.',
        tryThis: `cloudtask failures restore ${short}`,
      });
}

function notFound(beginning: string): CliError {
  return new CliError(`nothing failed with the cause ${beginning || '""'}`, {
    code: 'CAUSE_NOT_FOUND',
    exit: EXIT.notFound,
    why: 'Jobs that were retried are no longer counted.',
    tryThis: listCommand('listed'),
  });
}

function listCommand(among: 'listed' | 'discarded'): string {
  return `cloudtask failures list${among === 'discarded' ? ' --discarded' : ''}`;
}
