import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { jobFilterFlags, jobFilterOf } from '../../jobs/job-filter-flags.ts';
import { answerEach, answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsPages } from '../../requests/own-requests.ts';
import { suggestNames } from '../../submit/suggest-names.ts';
import { jobKind } from '../../views/job-kind.ts';

export default class JobsList extends CloudTaskCommand {
  static override summary = 'list your jobs, newest first';
  static override examples = [
    '<%= config.bin %> jobs list -s failed,retrying --since 24h',
    '<%= config.bin %> jobs list --type email -o tsv | cut -f1',
    '<%= config.bin %> jobs list --fields id,status,error.message',
  ];
  static override aliases = ['jobs:ls'];
  static override flags = {
    ...jobFilterFlags,
    limit: Flags.integer({ char: 'n', description: 'how many', min: 1, default: 20 }),
    cursor: Flags.string({ description: 'continue where a page ended' }),
    all: Flags.boolean({ description: 'all pages', exclusive: ['limit', 'cursor'] }),
    ...fieldsFlag,
  };
  static override requests = printsPages(/\/jobs$/, ({ all }) => all === true);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(JobsList);
    out.page();
    const { limit, cursor, all, fields } = flags;
    const filter = {
      ...jobFilterOf(flags),
      ...(cursor !== undefined && { cursor }),
      limit: all ? MAX_PAGE : Math.min(limit, MAX_PAGE),
    };
    const ct = this.client(flags);
    const pages = ct.jobs.list(filter);
    const options = { fields, none: 'No jobs.' };
    if (all && (out.mode === 'jsonl' || out.mode === 'plain' || out.mode === 'id')) {
      for await (const job of pages) answerEach(out, [job], jobKind, options);
      return;
    }
    const jobs = await pages.toArray({ limit: all ? Number.POSITIVE_INFINITY : limit });
    answerList(out, jobs, jobKind, options);
    if (jobs.length > 0 || out.isData) return;
    if (flags.type !== undefined || flags.queue !== undefined)
      await suggestNames({ out, types: this.types(ct) }, flags);
    else out.next('cloudtask submit sleep seconds=5');
  }
}

/** The server's own limit for a page. */
const MAX_PAGE = 1_000;
