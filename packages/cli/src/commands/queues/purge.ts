import { Flags } from '@oclif/core';
import { openQuestions } from '../../ask.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { confirmFlagFor } from '../../guard-production.ts';
import { actOnMany } from '../../jobs/act-on-many.ts';
import type { Output } from '../../output/output.ts';
import { queueArg } from '../../queue-arg.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { printable } from '../../views/printable.ts';

export default class QueuesPurge extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'cancel all jobs of yours that wait in a queue';
  static override description =
    'Also those that are scheduled or wait for another attempt; those that run go on. Only your own jobs: each account cancels its own. At a terminal you type the name of the queue; elsewhere --confirm says it; on production the name of the profile too.';
  static override examples = [
    '<%= config.bin %> queues purge mail --dry-run',
    '<%= config.bin %> queues purge mail --confirm mail --reason "sent twice"',
  ];
  static override args = queueArg;
  static override flags = {
    ...confirmFlagFor('name of the queue once more; on production also that of the profile'),
    'dry-run': Flags.boolean({ description: 'only show which jobs it would be' }),
    reason: Flags.string({ description: 'why; kept with the jobs' }),
    wait: Flags.boolean({ description: 'follow it to its end (default)', allowNo: true, default: true }),
  };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(QueuesPurge);
    const { surroundings } = this;
    if (!flags['dry-run'] && !this.isPrinting) await this.#makeSure(out, args.name, flags.confirm);
    const filter = { queue: args.name, status: ['PENDING' as const, 'SCHEDULED' as const, 'RETRYING' as const] };
    const input = { action: 'cancel' as const, filter, flags: { ...flags, yes: true }, reason: flags.reason };
    this.exitWith(await actOnMany({ ct: this.client(flags), out, surroundings }, input));
  }

  async #makeSure(out: Output, name: string, confirmed: readonly string[] = []): Promise<void> {
    if (confirmed.includes(name)) return;
    if (!out.look.mayAsk) {
      throw usageError('there is no terminal to confirm on', {
        why: `All jobs of yours that wait in ${printable(name)} would be cancelled.`,
        tryThis: `cloudtask queues purge ${name} ${[...confirmed, name].map((each) => `--confirm ${each}`).join(' ')}`,
      });
    }
    const questions = openQuestions(this.surroundings);
    try {
      const typed = await questions.text(`Type ${printable(name)} to cancel all jobs of yours that wait in it`);
      if (typed !== name) throw usageError('that is another name', { why: 'Nothing was changed.' });
    } finally {
      questions.close();
    }
  }
}
