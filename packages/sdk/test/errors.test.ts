import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as own from '../src/errors.ts';
import { aJob } from './support/play-server.ts';

const failed = aJob({
  status: 'FAILED',
  payload: { password: 'secret' },
  error: { code: 'ERROR', name: 'Error', message: 'no mailbox', attempt: 2, retryable: true, fingerprint: 'f' },
});
const answer = { status: 429, headers: new Headers({ 'set-cookie': 'secret' }), body: 'secret' };

test.each([
  [new own.JobFailedError(failed), { code: 'ERROR', job: { id: failed.id, status: 'FAILED' }, error: { attempt: 2 } }],
  [new own.JobExpiredError(aJob({ status: 'EXPIRED' })), { name: 'JobExpiredError', code: 'JOB_EXPIRED' }],
  [new own.WaitTimeoutError(failed, 5), { code: 'WAIT_TIMEOUT', retryable: true, job: { id: failed.id } }],
  [
    new own.RateLimitError('slow down', { ...answer, code: 'TOO_MANY_REQUESTS', retryAfterMs: 5, requestId: 'r' }),
    { status: 429, retryAfterMs: 5, requestId: 'r' },
  ],
  [new own.TimeoutError('late', { code: 'TIMEOUT', phase: 'deadline' }), { code: 'TIMEOUT', phase: 'deadline' }],
  [
    new own.PayloadValidationError('no', [{ path: '/to', message: 'missing' }]),
    { code: 'INVALID_PAYLOAD', issues: [{ path: '/to', message: 'missing' }] },
  ],
])('%s says in a log what a reader needs, and nothing that is secret', (error, shown) => {
  const text = JSON.stringify(error);
  expect(JSON.parse(text)).toMatchObject({ name: error.constructor.name, message: error.message, ...shown });
  expect(text).not.toContain('secret');
});

test('errors of another installed copy of the package are recognised, class by class', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-copy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(import.meta.dirname, '../src'), folder, { recursive: true });
  const path: string = join(folder, 'errors.ts');
  const copy = (await import(path)) as typeof own;
  expect(copy.JobFailedError).not.toBe(own.JobFailedError);
  expect(new copy.JobCancelledError(failed)).toBeInstanceOf(own.JobCancelledError);
  expect(new copy.JobCancelledError(failed)).toBeInstanceOf(own.JobFailedError);
  expect(new copy.JobCancelledError(failed)).toBeInstanceOf(own.CloudTaskError);
  expect(new copy.JobCancelledError(failed)).not.toBeInstanceOf(own.JobExpiredError);
  expect(new own.NotFoundError('no', { ...answer, code: 'X' })).toBeInstanceOf(copy.APIError);
});
