import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { queueKind } from '../../views/queue-kind.ts';

export default class QueuesList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list queues: what waits, since when, and who is there for it';
  static override description = 'The queues that have workers, a backlog or a pause. For operators.';
  static override examples = ['<%= config.bin %> queues list', '<%= config.bin %> queues list -o wide'];
  static override aliases = ['queues:ls'];
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/queues$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(QueuesList);
    const queues = await this.client(flags).queues.list().toArray({ limit: Number.POSITIVE_INFINITY });
    answerList(out, queues, queueKind, {
      fields: flags.fields,
      none: 'No queues: no worker listens and nothing waits.',
    });
  }
}
