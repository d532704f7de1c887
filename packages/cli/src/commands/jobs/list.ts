import type { Job, JobStatus, ListFilter, PagePromise } from '@cloudtask/sdk';
import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import { Flags } from '@oclif/core';
import { usageError } from '../../cli-error.ts';
import { closest } from '../../closest.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import type { Output } from '../../output.ts';
import { parseFieldList, pickFields } from '../../pick-fields.ts';
import { jobsTable, jobsTsv } from '../../views/jobs-table.ts';
import { printable } from '../../views/printable.ts';

export default class JobsList extends CloudTaskCommand {
  static override summary = 'list your jobs, newest first';
  static override examples = [
    '<%= config.bin %> jobs list -s failed,retrying --since 24h',
    '<%= config.bin %> jobs list --type email -o tsv | cut -f1',
  ];
  static override aliases = ['jobs:ls'];
  static override flags = {
    status: Flags.string({ char: 's', description: `one or more of ${JOB_STATUSES.join(', ').toLowerCase()}` }),
    type: Flags.string({ char: 't', description: 'one or more types' }),
    queue: Flags.string({ char: 'Q', description: 'only of this queue' }),
    tag: Flags.string({ description: 'only with this tag' }),
    q: Flags.string({ description: 'only with this text in type, payload or error' }),
    since: Flags.string({ description: 'submitted after: 24h, or a time' }),
    until: Flags.string({ description: 'submitted before: 24h, or a time' }),
    limit: Flags.integer({ char: 'n', description: 'how many', min: 1, default: 20 }),
    cursor: Flags.string({ description: 'continue where a page ended' }),
    all: Flags.boolean({ description: 'all pages', exclusive: ['limit', 'cursor'] }),
    fields: Flags.string({ description: 'only these, such as id,status,error.code' }),
  };

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(JobsList);
    const { type, queue, tag, q, since, until, limit, cursor, all } = flags;
    const filter: ListFilter = {
      ...(flags.status !== undefined && { status: parseStatuses(flags.status) }),
      ...(type !== undefined && { type }),
      ...(queue !== undefined && { queue }),
      ...(tag !== undefined && { tag }),
      ...(q !== undefined && { q }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(cursor !== undefined && { cursor }),
      limit: all ? MAX_PAGE : Math.min(limit, MAX_PAGE),
    };
    const pages = this.connect(this.settings(flags)).jobs.list(filter);
    const fields = flags.fields === undefined ? undefined : parseFieldList(flags.fields);
    if (all && (out.mode === 'jsonl' || out.mode === 'plain')) await stream(out, pages, fields);
    else {
      const jobs = await pages.toArray({ limit: all ? Number.POSITIVE_INFINITY : limit });
      show(out, jobs, fields);
    }
  }
}

/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

function parseStatuses(list: string): JobStatus[] {
  return list.split(',').map((each) => {
    const wanted = each.trim().toUpperCase();
    const status = JOB_STATUSES.find((known) => known === wanted);
    if (status) return status;
    const meant = closest(wanted, JOB_STATUSES)?.toLowerCase();
    throw usageError(`${each.trim()} is no status`, {
      why: meant === undefined ? `They are ${JOB_STATUSES.join(', ').toLowerCase()}.` : `Did you mean ${meant}?`,
    });
  });
}

async function stream(out: Output, pages: PagePromise<Job>, fields: string[] | undefined): Promise<void> {
  for await (const job of pages) show(out, [job], fields);
}

function show(out: Output, jobs: Job[], fields: string[] | undefined): void {
  const picked = fields && jobs.map((job) => pickFields(job, fields));
  if (out.mode === 'json') out.json(picked ?? jobs);
  else if (out.mode === 'jsonl') for (const each of picked ?? jobs) out.json(each);
  else if (out.mode === 'id') for (const { id } of jobs) out.answer(id);
  else if (picked) for (const each of picked) out.answer(Object.values(each).map(cell).join('\t'));
  else if (out.mode === 'plain') for (const line of jobsTsv(jobs)) out.answer(line);
  else if (out.mode === 'human') showTable(out, jobs);
}

function cell(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function showTable(out: Output, jobs: Job[]): void {
  if (jobs.length === 0) {
    out.say('No jobs.');
    out.next('cloudtask submit sleep seconds:=5');
    return;
  }
  const { style, look } = out;
  const lines = jobsTable(jobs, { style, unicode: look.unicode, width: look.width, now: Date.now() });
  for (const line of lines) out.answer(line);
}
