import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { exportFlags, exportJobs, MAX_PAGE, printsExport } from '../../jobs/export-jobs.ts';
import { fieldFilterFlag, jobAndFieldFilterOf, jobFilterFlags } from '../../jobs/job-filter-flags.ts';

export default class JobsExport extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'write all jobs that match, one a line';
  static override description =
    'Oldest first, however many there are: nothing is held in memory. ndjson is one JSON object a line; csv has a header, and values that are no text as JSON.';
  static override examples = [
    '<%= config.bin %> jobs export -s failed --since 24h > failed.ndjson',
    '<%= config.bin %> jobs export -f customer=acme --worker web-2 > acme.ndjson',
    '<%= config.bin %> jobs export --format csv --fields id,type,status,createdAt > jobs.csv',
  ];
  static override flags = { ...jobFilterFlags, ...fieldFilterFlag, ...exportFlags };
  static override requests = printsExport;

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(JobsExport);
    const jobs = this.client(flags).jobs.list({ ...jobAndFieldFilterOf(flags), order: 'oldest', limit: MAX_PAGE });
    await exportJobs(out, jobs, flags);
  }
}
