import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { queueArg } from '../../queue-arg.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { queueKind } from '../../views/queue-kind.ts';

export default class QueuesShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show one queue';
  static override description = 'For operators.';
  static override examples = ['<%= config.bin %> queues show mail'];
  static override args = queueArg;
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/queues$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(QueuesShow);
    const queues = await this.client(flags).queues.list().toArray({ limit: Number.POSITIVE_INFINITY });
    const nameOf = ({ name }: { name: string }) => name;
    const queue = findNamed(queues, args.name, { what: 'queue', nameOf, list: 'cloudtask queues list' });
    answerOne(out, queue, queueKind, flags.fields);
  }
}
