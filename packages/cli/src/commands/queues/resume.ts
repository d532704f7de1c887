import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { queueArg } from '../../queue-arg.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

export default class QueuesResume extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'start the jobs of a paused queue again';
  static override description = 'Fine to repeat. For operators.';
  static override examples = ['<%= config.bin %> queues resume mail'];
  static override args = queueArg;
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(QueuesResume);
    const { name } = args;
    await this.client(flags).queues.resume(name);
    answerOne(out, { name, pause: null }, resumedKind);
  }
}

const resumedKind: Kind<{ name: string; pause: null }> = {
  columns: [],
  id: ({ name }) => name,
  details: ({ name }, look) => [`${mark('ok', look)} ${printable(name)} is resumed`],
};
