import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { sinceFlag } from '../../time-flag.ts';
import { causeKind } from '../../views/cause-kind.ts';
import { discardedCauseKind } from '../../views/discarded-cause-kind.ts';

export default class FailuresList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list what failed, by its cause';
  static override description =
    'The cause that struck last comes first. Errors have the same cause when they differ in numbers, ids, quoted texts and paths only.';
  static override examples = [
    '<%= config.bin %> failures list --since 24h',
    '<%= config.bin %> failures retry c9f1a2 --canary 1 --rate 5/s',
    '<%= config.bin %> failures list --discarded',
  ];
  static override aliases = ['failures:ls'];
  static override flags = {
    type: Flags.string({ char: 't', description: 'one or more types' }),
    since: sinceFlag({ description: 'failed after: 24h, or a time' }),
    discarded: Flags.boolean({ description: 'only those that were discarded, which are not listed otherwise' }),
    limit: Flags.integer({ char: 'n', description: 'how many causes', min: 1, default: 20 }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/failures$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(FailuresList);
    const { type, since, discarded, limit, fields } = flags;
    const filter = {
      ...(type !== undefined && { type }),
      ...(since !== undefined && { since }),
      ...(discarded && { discarded }),
    };
    const causes = await this.client(flags)
      .failures.list({ ...filter, limit: Math.min(limit, 1_000) })
      .toArray({ limit });
    const none = discarded ? 'Nothing was discarded.' : 'No failure needs a look.';
    answerList(out, causes, discarded ? discardedCauseKind : causeKind, { fields, none });
    if (causes[0]) out.next(`cloudtask failures show ${causes[0].fingerprint.slice(0, 6)}`);
  }
}
