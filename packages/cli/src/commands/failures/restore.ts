import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { actOnMany, manyFlags } from '../../jobs/act-on-many.ts';
import { causesArg, chooseFailures, failureFilterFlags } from '../../jobs/choose-failures.ts';
import { printsChanges } from '../../requests/own-requests.ts';

export default class FailuresRestore extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'put discarded failures back into the list';
  static override description = 'Takes failures discard back. Shows how many, asks, and follows it.';
  static override examples = [
    '<%= config.bin %> failures list --discarded',
    '<%= config.bin %> failures restore 77ab',
    '<%= config.bin %> failures restore --type image.thumb --yes',
  ];
  static override usage = ['failures restore CAUSE... [--type TYPE …]', 'failures restore --type TYPE …'];
  static override strict = false;
  static override args = causesArg;
  static override flags = { ...failureFilterFlags, ...manyFlags };

  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, words: causes, out } = await this.begin(FailuresRestore);
    const ct = this.client(flags);
    const filter = await chooseFailures(ct, { causes, flags, among: 'discarded', command: 'failures restore' });
    const deps = { ct, out, surroundings: this.surroundings };
    this.exitWith(await actOnMany(deps, { action: 'restore', filter, flags }));
  }
}
