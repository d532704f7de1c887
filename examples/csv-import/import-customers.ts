import type { CloudTask } from '@cloudtask/sdk';
import { type Customer, importCustomer } from './jobs/import-customer.ts';
import { readCsv } from './read-csv.ts';

export interface Imported {
  accepted: number;
  refused: { row: number; why: string }[];
}

/** Submits each row as a job. The file is read as the server takes it, so it may be larger than the memory. */
export async function importCustomers(cloudtask: CloudTask, file: string): Promise<Imported> {
  const imported: Imported = { accepted: 0, refused: [] };
  // A tag for the whole file: all its jobs can be listed, retried or cancelled together.
  const options = { tags: ['customers.csv'], chunkSize: 500 };
  // What a row really holds is the server's to check, by the schema that the worker has registered.
  const rows = readCsv(file) as AsyncIterable<Customer>;
  for await (const { index, ...row } of cloudtask.jobs.createMany(importCustomer, rows, options)) {
    if (row.ok) imported.accepted += 1;
    else imported.refused.push({ row: index + 1, why: row.error.message });
  }
  return imported;
}
