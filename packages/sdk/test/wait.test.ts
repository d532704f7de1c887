import { expect, test } from 'vitest';
import { JobCancelledError, JobExpiredError, JobFailedError, NotFoundError, WaitTimeoutError } from '../src/errors.ts';
import { aJob, answer, openEventStream, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const { id } = aJob();
const EVENTS = `GET /jobs/${id}/events`;
const JOB = `GET /jobs/${id}`;
const error = {
  code: 'ERROR',
  name: 'Error',
  message: 'no such mailbox',
  attempt: 1,
  retryable: false,
  fingerprint: 'f',
};

test('the end of a job, whatever it is, is a value', async () => {
  const { ct } = await withServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    [EVENTS]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'RUNNING');
      send(2, 'FAILED', { error, reason: 'ERROR' });
    },
  });
  const seen: string[] = [];
  const job = await ct.jobs.create('email').wait({ onEvent: ({ status }) => seen.push(status) });
  expect(job.status).toBe('FAILED');
  expect(seen).toEqual(['RUNNING', 'FAILED']);
});

test('result() gives the result, or throws what happened', async () => {
  const ends = [
    ['COMPLETED', undefined],
    ['FAILED', JobFailedError],
    ['CANCELLED', JobCancelledError],
    ['EXPIRED', JobExpiredError],
  ] as const;
  for (const [status, ErrorClass] of ends) {
    const more = { result: status === 'COMPLETED' ? { ok: true } : null, error: status === 'FAILED' ? error : null };
    const { ct } = await withServer({ [EVENTS]: (_, response) => openEventStream(response)(1, status, more) });
    const result = await ct.jobs.result(id).catch((each: unknown) => each);
    if (ErrorClass === undefined) expect(result).toEqual({ ok: true });
    else expect(result).toBeInstanceOf(ErrorClass);
    if (status === 'FAILED') expect(String(result)).toContain('no such mailbox');
  }
});

test('when the time is over it throws the job as it is', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response) => openEventStream(response)(1, 'RUNNING'),
    [JOB]: (_, response) => answer(response, 200, aJob({ status: 'RUNNING', attempt: 2 })),
  });
  const thrown = await ct.jobs.wait(id, { timeout: 150 }).catch((each: unknown) => each);
  expect(thrown).toBeInstanceOf(WaitTimeoutError);
  expect(thrown).toMatchObject({ code: 'WAIT_TIMEOUT', job: { status: 'RUNNING', attempt: 2 } });
});

test('an end that no event told is found by the last look', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response) => openEventStream(response)(1, 'RUNNING'),
    [JOB]: (_, response) => answer(response, 200, aJob({ status: 'COMPLETED', result: 7 })),
  });
  expect(await ct.jobs.wait(id, { timeout: 150 })).toMatchObject({ status: 'COMPLETED', result: 7 });
});

test('a server that accepts connections and never answers does not hold it', async () => {
  const { ct } = await withServer({ [EVENTS]: () => {}, [JOB]: () => {} });
  const startedAt = performance.now();
  await expect(ct.jobs.wait(id, { timeout: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test('without a stream the server is asked to hold its answer', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => problem(response, 404, 'NOT_FOUND'),
    [JOB]: ({ query }, response) =>
      query.get('wait') === null
        ? answer(response, 200, aJob({ status: 'RUNNING' }))
        : void setTimeout(() => answer(response, 200, aJob({ status: 'COMPLETED' })), 100),
  });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
  expect(server.to(JOB).map(({ query }) => query.get('wait'))).toEqual([null, '25s']);
});

test('a server that neither streams nor holds is asked with growing pauses', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    [JOB]: (_, response, nth) => answer(response, 200, aJob({ status: nth < 4 ? 'RUNNING' : 'COMPLETED' })),
  });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
  expect(server.to(JOB)).toHaveLength(4);
});

test('a restart of the server in between does not matter', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response, nth) => {
      if (nth === 1) response.destroy();
      else if (nth === 2) problem(response, 503, 'STARTING');
      else openEventStream(response)(3, 'COMPLETED');
    },
  });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
});

test('a job that does not exist is not waited for', async () => {
  const { ct } = await withServer({});
  await expect(ct.jobs.wait(id)).rejects.toBeInstanceOf(NotFoundError);
  await expect(ct.jobs.create('email').result()).rejects.toBeInstanceOf(NotFoundError);
});

test('run() submits and gives the result', async () => {
  const { ct, server } = await withServer({
    'POST /jobs': (_, response) => answer(response, 201, aJob()),
    [EVENTS]: (_, response) => openEventStream(response)(1, 'COMPLETED', { result: { sent: 1 } }),
  });
  expect(await ct.jobs.run('email', { to: 'a' }, { priority: 9, wait: { timeout: '5s' } })).toEqual({ sent: 1 });
  expect(server.to('POST /jobs')[0]?.json()).toEqual({ type: 'email', payload: { to: 'a' }, priority: 9 });
});
