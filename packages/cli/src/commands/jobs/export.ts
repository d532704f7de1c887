import type { Job } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { fieldsFlag } from '../../fields-flag.ts';
import { jobFilterFlags, jobFilterOf } from '../../job-filter-flags.ts';
import { parseFieldList, pickFields } from '../../pick-fields.ts';

export default class JobsExport extends CloudTaskCommand {
  static override summary = 'write all jobs that match, one a line';
  static override description =
    'Oldest first, however many there are: nothing is held in memory. ndjson is one JSON object a line; csv has a header, and values that are no text as JSON.';
  static override examples = [
    '<%= config.bin %> jobs export -s failed --since 24h > failed.ndjson',
    '<%= config.bin %> jobs export --format csv --fields id,type,status,createdAt > jobs.csv',
  ];
  static override flags = {
    ...jobFilterFlags,
    format: Flags.option({
      description: 'form of the lines',
      options: ['ndjson', 'csv'] as const,
      default: 'ndjson',
    })(),
    ...fieldsFlag,
  };

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(JobsExport);
    const jobs = this.client(flags).jobs.list({ ...jobFilterOf(flags), order: 'oldest', limit: MAX_PAGE });
    const isCsv = flags.format === 'csv';
    const wanted = flags.fields === undefined ? undefined : parseFieldList(flags.fields);
    const paths = wanted ?? (isCsv ? CSV_FIELDS : undefined);
    if (isCsv && out.mode !== 'none') out.answer(csvLine(paths ?? []));
    let count = 0;
    for await (const job of jobs) {
      count++;
      if (out.mode === 'none') continue;
      const picked: object = paths === undefined ? job : pickFields(job, paths);
      out.answer(isCsv ? csvLine(Object.values(picked)) : JSON.stringify(picked));
    }
    out.say(`${count} ${count === 1 ? 'job' : 'jobs'}`);
  }
}

/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

const CSV_FIELDS: (keyof Job)[] = [
  'id',
  'type',
  'status',
  'reason',
  'queue',
  'priority',
  'attempt',
  'maxAttempts',
  'createdAt',
  'startedAt',
  'finishedAt',
  'payload',
  'result',
  'error',
  'tags',
];

function csvLine(values: readonly unknown[]): string {
  return values.map(csvCell).join(',');
}

function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  // Spreadsheets run what begins like a formula: payloads are other people's text.
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
