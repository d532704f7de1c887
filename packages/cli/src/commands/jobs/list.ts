import type { CloudTask, JobCount } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { type ChosenJobs, fieldFilterFlag, jobAndFieldFilterOf, jobFilterFlags } from '../../jobs/job-filter-flags.ts';
import { answerEach, answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import type { Output } from '../../output/output.ts';
import { printsPages } from '../../requests/own-requests.ts';
import { suggestNames } from '../../submit/suggest-names.ts';
import { jobKind } from '../../views/job-kind.ts';

export default class JobsList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list your jobs, newest first';
  static override examples = [
    '<%= config.bin %> jobs list -s failed,retrying --since 24h',
    '<%= config.bin %> jobs list -f to=ada@example.com --error ENOSPC -o tsv | cut -f1',
    '<%= config.bin %> jobs list --worker web-2 --min-attempt 2 --order oldest',
    '<%= config.bin %> jobs list -s failed --type email --count',
    '<%= config.bin %> jobs list --fields id,status,error.message',
  ];
  static override aliases = ['jobs:ls'];
  static override flags = {
    ...jobFilterFlags,
    ...fieldFilterFlag,
    order: Flags.option({ description: 'by when they were submitted', options: ['newest', 'oldest'] as const })(),
    count: Flags.boolean({
      description: 'only how many; exact to 10,000, then 10,000+',
      exclusive: ['limit', 'cursor', 'all', 'order', 'fields'],
    }),
    limit: Flags.integer({ char: 'n', description: 'how many (default 20)', min: 1 }),
    cursor: Flags.string({ description: 'continue where a page ended' }),
    all: Flags.boolean({ description: 'all pages', exclusive: ['limit', 'cursor'] }),
    ...fieldsFlag,
  };
  static override requests = printsPages(/\/jobs$/, ({ all }) => all === true);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(JobsList);
    const { limit = DEFAULT_LIMIT, cursor, all, fields, order } = flags;
    const ct = this.client(flags);
    const chosen = jobAndFieldFilterOf(flags);
    if (flags.count) return showCount(out, await countJobs(ct, chosen));
    out.page();
    const pages = ct.jobs.list({
      ...chosen,
      ...(order && { order }),
      ...(cursor !== undefined && { cursor }),
      limit: all ? MAX_PAGE : Math.min(limit, MAX_PAGE),
    });
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

const DEFAULT_LIMIT = 20;
/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

async function countJobs(ct: CloudTask, filter: ChosenJobs): Promise<JobCount> {
  return await ct.request<JobCount>('GET', '/jobs/count', { query: { ...filter } });
}

/** As the server has it for programs; `10000+` where a script may want to do sums. */
function showCount(out: Output, counted: JobCount): void {
  if (out.isData) out.data(counted);
  else if (out.mode === 'human') out.answer(`${counted.count.toLocaleString('en-US')}${counted.isExact ? '' : '+'}`);
  else if (out.mode !== 'none') out.answer(`${counted.count}${counted.isExact ? '' : '+'}`);
}
