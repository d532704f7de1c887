import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { actOnMany, canaryFlag, manyFlags } from '../../jobs/act-on-many.ts';
import { causeArg, findCause } from '../../jobs/find-cause.ts';
import { printsChanges } from '../../requests/own-requests.ts';

export default class FailuresRetry extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'run all jobs again that failed with a cause';
  static override description =
    'Shows how many, asks, and follows it. With --canary a few go first, and the others only when these completed: exit 3 when they did not.';
  static override examples = [
    '<%= config.bin %> failures retry c9f1a2 --dry-run',
    '<%= config.bin %> failures retry c9f1a2 --canary 1 --rate 5/s --yes',
  ];
  static override args = causeArg;
  static override flags = { ...manyFlags, ...canaryFlag };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(FailuresRetry);
    const ct = this.client(flags);
    const { fingerprint } = await findCause(ct, args.cause);
    const deps = { ct, out, surroundings: this.surroundings };
    this.exitWith(await actOnMany(deps, { action: 'retry', filter: { fingerprint }, flags }));
  }
}
