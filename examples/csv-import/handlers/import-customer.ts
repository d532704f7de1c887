import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineHandler, FatalError } from '@cloudtask/sdk';
import { importCustomer } from '../jobs/import-customer.ts';

/** A folder for each country stands in for the database of a branch. */
export default defineHandler(importCustomer, async (customer, { signal }) => {
  const { id, country } = customer;
  const file = join(process.env['BRANCHES_DIR'] ?? 'branches', country, `${id}.json`);
  try {
    // One file for each id: a row that is imported twice is still one customer.
    await writeFile(file, JSON.stringify(customer), { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // Trying again does not open a branch. Somebody has to, and then retries all that failed for this cause.
    throw new FatalError(`no branch takes customers of ${country}`, { code: 'NO_BRANCH', cause: error });
  }
});
