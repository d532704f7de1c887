import type { CloudTask, FailureCause } from '@cloudtask/sdk';
import { Args } from '@oclif/core';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';

export const causeArg = {
  cause: Args.string({ description: 'a cause, or its beginning', required: true, ignoreStdin: true }),
};

/** The cause that begins so. */
export async function findCause(ct: CloudTask, beginning: string): Promise<FailureCause> {
  const found: FailureCause[] = [];
  for await (const cause of ct.failures.list({ limit: 1_000 })) {
    if (cause.fingerprint === beginning) return cause;
    if (cause.fingerprint.startsWith(beginning)) found.push(cause);
  }
  const [first, second] = found;
  if (first && !second) return first;
  if (second) throw usageError(`several causes begin with ${beginning}`, { tryThis: 'cloudtask failures list' });
  throw new CliError(`nothing failed with the cause ${beginning}`, {
    code: 'CAUSE_NOT_FOUND',
    exit: EXIT.notFound,
    why: 'Jobs that were retried are no longer counted.',
    tryThis: 'cloudtask failures list',
  });
}
