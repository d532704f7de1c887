import type { Verification } from '@cloudtask/sdk/verification-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VerificationSchema } from '../../src/job-service/schemas/verification-schema.ts';
import { createVerifier } from '../../src/job-service/verify-platform.ts';
import { setOperator } from '../../src/store/accounts.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let operator: string;
let jobId: string;
beforeAll(async () => {
  api = await openTestApi();
  const session = await api.register();
  operator = session.token;
  await setOperator(api.database, { email: session.user.email, isOperator: true });
  jobId = (await api.submit((await api.register()).token, { type: 'test', delay: '1h' })).id;
});
afterAll(() => api.close());

const verify = () => api.call<Verification>('GET', '/verify', { token: operator });

it('counts the jobs of all accounts, and finds nothing in sound tables', async () => {
  const { status, body } = await verify();
  expect(status).toBe(200);
  expect([...Compile(VerificationSchema).Errors(body)]).toEqual([]);
  expect(body).toMatchObject({ jobs: { SCHEDULED: 1, COMPLETED: 0 }, violations: [], isComplete: true });
  expect(body.checks.map(({ id }) => id)).toEqual(Array.from({ length: 14 }, (_, at) => `I${at + 1}`));
});

it('names a job that was damaged, and which promise it breaks', async () => {
  const shift = (by: string) =>
    api.database.script(`update cloudtask.timers set due_at = due_at ${by} interval '1 hour' where kind = 'due'`);
  await shift('+');
  const { body } = await verify();
  await shift('-');
  expect(body.violations).toEqual([{ check: 'I4', jobId, what: 'waits for a time that no timer will announce' }]);
  expect(body.checks.filter(({ violations }) => violations > 0)).toEqual([
    { id: 'I4', promise: 'a job that waits for a time will be woken at that time', violations: 1 },
  ]);
  expect((await verify()).body.violations).toEqual([]);
});

it('reads the tables once for all who ask at the same time', async () => {
  const run = createVerifier({ database: api.database, clock: { now: Date.now } });
  const [one, two] = await Promise.all([run(), run()]);
  expect(one).toBe(two);
  expect(await run()).not.toBe(one);
});

it('does not begin where there is too much to read', async () => {
  const run = createVerifier({ database: api.database, clock: { now: Date.now }, mostJobs: 0 });
  await expect(run()).rejects.toMatchObject({ code: 'VERIFICATION_TOO_LARGE', statusCode: 503 });
});

it('is for operators', async () => {
  const { token } = await api.register();
  expect(problemOf(await api.call('GET', '/verify', { token })).code).toBe('OPERATOR_REQUIRED');
});
