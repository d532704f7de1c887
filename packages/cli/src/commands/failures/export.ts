import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { exportFlags, exportJobs, MAX_PAGE, printsExport } from '../../jobs/export-jobs.ts';
import { findCause } from '../../jobs/find-cause.ts';

export default class FailuresExport extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'write all failed jobs, or those of one cause, one a line';
  static override description =
    'As jobs export does: oldest first, nothing is held in memory. Those that were discarded are among them, and say so.';
  static override examples = [
    '<%= config.bin %> failures export > failed.ndjson',
    '<%= config.bin %> failures export --cause c9f1a2 --format csv --fields id,error.message > cause.csv',
  ];
  static override flags = {
    cause: Flags.string({ description: 'only of this cause (cloudtask failures list)' }),
    type: Flags.string({ char: 't', description: 'only of this type' }),
    ...exportFlags,
  };
  static override requests = printsExport;

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(FailuresExport);
    const ct = this.client(flags);
    const cause = flags.cause === undefined ? undefined : await findCause(ct, flags.cause, 'all');
    const jobs = ct.jobs.list({
      status: 'FAILED',
      order: 'oldest',
      limit: MAX_PAGE,
      ...(cause && { fingerprint: cause.fingerprint }),
      ...(flags.type !== undefined && { type: flags.type }),
    });
    await exportJobs(out, jobs, flags);
  }
}
