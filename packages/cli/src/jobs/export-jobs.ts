import type { Job } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { fieldsFlag } from '../output/fields-flag.ts';
import type { Output } from '../output/output.ts';
import { parseFieldList, pickFields } from '../output/pick-fields.ts';
import { type Given, type OwnRequests, printsPages } from '../requests/own-requests.ts';

export const exportFlags = {
  format: Flags.option({
    description: 'form of the lines',
    options: ['ndjson', 'csv'] as const,
    default: 'ndjson',
  })(),
  ...fieldsFlag,
};

/** CSV is made here, whatever the form of the request. */
export const printsExport: OwnRequests = (() => {
  const pages = printsPages(/\/jobs$/);
  const unless = (given: Given) =>
    given.flags['format'] === 'csv' ? 'The server answers JSON; CSV is made here.' : pages.unless(given);
  return { ...pages, unless };
})();

/** The server's own limit for a page. */
export const MAX_PAGE = 1_000;

/** Writes jobs one a line, as they come: nothing is held in memory. */
export async function exportJobs(
  out: Output,
  jobs: AsyncIterable<Job>,
  { format, fields }: { format: 'ndjson' | 'csv'; fields?: string | undefined },
): Promise<void> {
  const isCsv = format === 'csv';
  const wanted = fields === undefined ? undefined : parseFieldList(fields);
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
