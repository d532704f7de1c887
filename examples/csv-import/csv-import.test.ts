import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestClient } from '@cloudtask/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import handler from './handlers/import-customer.ts';
import { importCustomers } from './import-customers.ts';

const file = join(import.meta.dirname, 'customers.csv');

test('rows that fail are found by their cause, and retried when it is gone: one first, then the others', async () => {
  const branches = mkdtempSync(join(tmpdir(), 'branches-'));
  onTestFinished(() => rmSync(branches, { recursive: true }));
  const open = (country: string) => mkdirSync(join(branches, country));
  vi.stubEnv('BRANCHES_DIR', branches);
  for (const country of ['GB', 'US', 'DE', 'SE']) open(country);
  await using cloudtask = createTestClient({ handlers: [handler], mode: 'inline' });

  expect(await importCustomers(cloudtask, file)).toEqual({
    accepted: 7,
    refused: [{ row: 6, why: expect.stringContaining('/email') }],
  });
  const [cause] = await cloudtask.failures.list().toArray({ limit: 10 });
  expect(cause).toMatchObject({ count: 3, error: { code: 'NO_BRANCH' } });

  // An action is about the jobs that were there before it, and looks at its canary a second later.
  const retryAll = async () => {
    await cloudtask.clock.advance('1m');
    const { id } = await cloudtask.jobs.retryMany({ fingerprint: cause?.fingerprint ?? '' }, { canary: 1 });
    await cloudtask.clock.advance('1m');
    return await cloudtask.jobs.actions.get(id);
  };
  expect(await retryAll()).toMatchObject({ state: 'STOPPED', done: 1 });
  open('CH');
  expect(await retryAll()).toMatchObject({ state: 'DONE', done: 3 });
  expect(readdirSync(join(branches, 'CH')).toSorted()).toEqual(['3.json', '5.json', '8.json']);
});
