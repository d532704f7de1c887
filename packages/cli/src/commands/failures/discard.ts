import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { actOnMany, manyFlags } from '../../jobs/act-on-many.ts';
import { causesArg, chooseFailures, failureFilterFlags } from '../../jobs/choose-failures.ts';
import { printsChanges } from '../../requests/own-requests.ts';

export default class FailuresDiscard extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'say that failures need nothing more';
  static override description =
    'They leave the list and stay FAILED, with your reason, until their retention is over; a retry by cause or filter leaves them alone. Shows how many, asks, and follows it. Jobs that fail with the cause later are listed again.';
  static override examples = [
    '<%= config.bin %> failures discard 77ab --reason "bad import"',
    '<%= config.bin %> failures discard --type image.thumb --since 2h --dry-run',
    '<%= config.bin %> failures restore 77ab',
  ];
  static override usage = ['failures discard CAUSE... [--type TYPE …]', 'failures discard --type TYPE …'];
  static override strict = false;
  static override args = causesArg;
  static override flags = {
    reason: Flags.string({ description: 'why; kept with the jobs' }),
    ...failureFilterFlags,
    ...manyFlags,
  };

  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, words: causes, out } = await this.begin(FailuresDiscard);
    const ct = this.client(flags);
    const filter = await chooseFailures(ct, { causes, flags, among: 'listed', command: 'failures discard' });
    const deps = { ct, out, surroundings: this.surroundings };
    this.exitWith(await actOnMany(deps, { action: 'discard', filter, flags, reason: flags.reason }));
  }
}
