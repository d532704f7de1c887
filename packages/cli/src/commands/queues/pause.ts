import { Flags } from '@oclif/core';
import { closest } from '../../closest.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { durationFlag } from '../../duration-flag.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { queueArg } from '../../queue-arg.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { printable } from '../../views/printable.ts';
import { clockTime } from '../../views/time.ts';

export default class QueuesPause extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'start no more jobs of a queue';
  static override description =
    'Those that run go on, those that wait stay. The reason is what cloudtask explain tells the owners of the jobs. Pausing a paused queue changes reason and end. For operators.';
  static override examples = [
    '<%= config.bin %> queues pause mail --reason "provider outage" --for 30m',
    '<%= config.bin %> queues pause mail',
  ];
  static override args = queueArg;
  static override flags = {
    reason: Flags.string({ description: 'why; owners of its jobs read it' }),
    for: durationFlag({ description: 'resume by itself after this long' }),
  };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(QueuesPause);
    const { name } = args;
    const ct = this.client(flags);
    const known = (await ct.queues.list().toArray({ limit: Number.POSITIVE_INFINITY })).map((each) => each.name);
    const pause = await ct.queues.pause(name, {
      ...(flags.reason !== undefined && { reason: flags.reason }),
      ...(flags.for !== undefined && { for: flags.for }),
    });
    // A queue that nobody uses yet may be paused all the same: that is no error, and often a typing error.
    if (!known.includes(name)) {
      const meant = closest(name, known);
      const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
      out.say(`${out.sayStyle.yellow('!')} ${name} has neither workers nor jobs.${question}`);
    }
    answerOne(out, { name, ...pause }, pauseKind);
    out.next(`cloudtask queues resume ${name}`);
  }
}

const pauseKind: Kind<{ name: string; resumesAt: string | null }> = {
  columns: [],
  id: ({ name }) => name,
  details: ({ name, resumesAt }, { style }) => [
    `${style.yellow('||')} ${printable(name)} is paused ${resumesAt === null ? 'until somebody resumes it' : `until ${clockTime(resumesAt)}`}`,
  ],
};
