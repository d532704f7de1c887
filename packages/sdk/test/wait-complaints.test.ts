import { expect, test } from 'vitest';
import { CloudTaskError, NotFoundError, WaitTimeoutError } from '../src/errors.ts';
import { aJob, answer, openEventStream, type Play, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

// What users of other queues complain of again and again: waiting for jobs, submitting them, listing them. The number is
// that of the complaint; the test is why there is none here.

const { id } = aJob();
const EVENTS = `GET /jobs/${id}/events`;
const JOB = `GET /jobs/${id}`;
const ends =
  (status: 'COMPLETED' | 'FAILED', more = {}): Play =>
  (_, response) =>
    openEventStream(response)(1, status, more);

test('waiting does not throw because the job failed (BullMQ 1031)', async () => {
  const error = { code: 'ERROR', name: 'Error', message: 'no', attempt: 1, retryable: false, fingerprint: 'f' };
  const { ct } = await withServer({ [EVENTS]: ends('FAILED', { error }) });
  const job = await ct.jobs.wait(id);
  expect(job).toMatchObject({ status: 'FAILED', error: { message: 'no' } });
});

test('waiting for a job that ended long ago ends at once (BullMQ 85)', async () => {
  // The stream begins with the job as it is, so there is nothing to miss.
  const { ct, server } = await withServer({ [EVENTS]: ends('COMPLETED', { result: 7 }) });
  expect(await ct.jobs.wait(id)).toMatchObject({ status: 'COMPLETED', result: 7 });
  expect(server.requests).toHaveLength(1);
});

test('waiting for a job that is removed meanwhile ends, with the error that says so (BullMQ 2341)', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response, nth) => {
      if (nth > 1) return problem(response, 404, 'JOB_NOT_FOUND');
      openEventStream(response)(1, 'PENDING');
      setTimeout(() => response.destroy(), 20);
    },
    [JOB]: (_, response) => problem(response, 404, 'JOB_NOT_FOUND'),
  });
  await expect(ct.jobs.wait(id)).rejects.toBeInstanceOf(NotFoundError);
});

test('a job that ends between its submit and the wait for it is not missed (BullMQ 383)', async () => {
  let status: 'PENDING' | 'COMPLETED' = 'PENDING';
  const { ct } = await withServer({
    'POST /jobs': (_, response) => {
      answer(response, 201, aJob());
      status = 'COMPLETED';
    },
    [EVENTS]: (_, response) => openEventStream(response)(status === 'PENDING' ? 1 : 2, status),
  });
  expect((await ct.jobs.create('email').wait()).status).toBe('COMPLETED');
});

test('an end that comes while the connection is down is not missed (BullMQ 1270)', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response, nth) => {
      const send = openEventStream(response);
      if (nth > 1) return send(3, 'COMPLETED');
      send(2, 'RUNNING');
      setTimeout(() => response.destroy(), 20);
    },
  });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
  expect(server.to(EVENTS).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2']);
});

test('that the time is over is told by a class and a code, with the job, not by the text of a message (BullMQ 1558)', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response) => openEventStream(response)(1, 'RUNNING'),
    [JOB]: (_, response) => answer(response, 200, aJob({ status: 'RUNNING' })),
  });
  const error = await ct.jobs.wait(id, { timeout: 80 }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(WaitTimeoutError);
  expect(error).toBeInstanceOf(CloudTaskError);
  expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', retryable: true, job: { id, status: 'RUNNING' } });
});

test('what is submitted can be waited for without anything else set up, and the job is plain JSON (BullMQ 314)', async () => {
  const { ct } = await withServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    [EVENTS]: ends('COMPLETED', { result: { sent: 1 } }),
  });
  const submitted = ct.jobs.create('email', { to: 'ada@example.com' });
  expect(await submitted.result()).toEqual({ sent: 1 });
  expect(structuredClone(await submitted)).toEqual(aJob());
});

test('a list is not all or nothing: a page, some, or one after the other (octokit.rb 1145, 1273)', async () => {
  const { ct, server } = await withServer({
    'GET /jobs': ({ query }, response) => {
      const page = Number(query.get('cursor') ?? 1);
      answer(response, 200, [aJob({ id: `${page}a` }), aJob({ id: `${page}b` })], {
        link: `</jobs?cursor=${page + 1}>; rel="next"`,
      });
    },
  });
  const asked = async (read: () => Promise<unknown>) => {
    const before = server.requests.length;
    await read();
    return server.requests.length - before;
  };
  expect(await asked(() => ct.jobs.list())).toBe(1);
  expect(await asked(() => ct.jobs.list().toArray({ limit: 5 }))).toBe(3);
  const seen: string[] = [];
  const untilLeft = async () => {
    for await (const job of ct.jobs.list()) {
      seen.push(job.id);
      if (job.id === '2a') break;
    }
  };
  expect(await asked(untilLeft)).toBe(2);
  expect(seen).toEqual(['1a', '1b', '2a']);
});
