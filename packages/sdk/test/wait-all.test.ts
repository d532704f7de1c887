import { expect, test } from 'vitest';
import { NotFoundError, WaitTimeoutError } from '../src/errors.ts';
import { aJob, answer, openEventStream, type Play, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const A = '018f0000-0000-7000-8000-00000000000a';
const B = '018f0000-0000-7000-8000-00000000000b';
const C = '018f0000-0000-7000-8000-00000000000c';
const jobs = (states: Record<string, string>): Record<string, Play> =>
  Object.fromEntries(
    Object.entries(states).map(([id, status]) => [
      `GET /jobs/${id}`,
      (_, response) => answer(response, 200, aJob({ id, status: status as never })),
    ]),
  );

async function collect(jobs: AsyncIterable<{ id: string; status: string }>): Promise<string[]> {
  const ends: string[] = [];
  for await (const { id, status } of jobs) ends.push(`${id.at(-1)} ${status}`);
  return ends;
}

test('jobs come in the order in which they end, those that have ended already first, and each once', async () => {
  const { ct, server } = await withServer({
    ...jobs({ [A]: 'RUNNING', [B]: 'PENDING', [C]: 'FAILED' }),
    'GET /events': (_, response) => {
      const send = openEventStream(response);
      send(1, 'RUNNING', { id: B });
      send(2, 'COMPLETED', { id: B });
      send(3, 'COMPLETED', { id: '018f0000-0000-7000-8000-0000000000ff' });
      send(4, 'COMPLETED', { id: B });
      send(5, 'CANCELLED', { id: A });
    },
  });
  const seen: string[] = [];
  const ends = await collect(
    ct.jobs.waitAll([A, B, C.toUpperCase(), A], { onEvent: ({ status }) => seen.push(status) }),
  );
  expect([...ends].sort()).toEqual(['a CANCELLED', 'b COMPLETED', 'c FAILED']);
  expect(ends.indexOf('b COMPLETED')).toBeLessThan(ends.indexOf('a CANCELLED'));
  expect(server.to('GET /events')).toHaveLength(1);
});

test('what a lost connection missed is found when it is back', async () => {
  let hasEnded = false;
  const { ct, server } = await withServer({
    [`GET /jobs/${A}`]: (_, response) =>
      answer(response, 200, aJob({ id: A, status: hasEnded ? 'COMPLETED' : 'RUNNING' })),
    'GET /events': (_, response, nth) => {
      openEventStream(response);
      if (nth > 1) return;
      hasEnded = true;
      setTimeout(() => response.destroy(), 50);
    },
  });
  expect(await collect(ct.jobs.waitAll([A]))).toEqual(['a COMPLETED']);
  expect(server.to('GET /events').length).toBeLessThanOrEqual(2);
});

test('where no streams get through it looks again and again', async () => {
  let looks = 0;
  const { ct } = await withServer({
    [`GET /jobs/${A}`]: (_, response) =>
      answer(response, 200, aJob({ id: A, status: ++looks < 2 ? 'RUNNING' : 'COMPLETED' })),
    'GET /events': (_, response) => problem(response, 404, 'NOT_FOUND'),
  });
  expect(await collect(ct.jobs.waitAll([A]))).toEqual(['a COMPLETED']);
});

test('when the time is over it throws with one that has not ended; leaving the loop ends the stream', async () => {
  const { ct } = await withServer({
    ...jobs({ [A]: 'RUNNING', [B]: 'COMPLETED' }),
    'GET /events': (_, response) => void openEventStream(response),
  });
  const late = collect(ct.jobs.waitAll([A, B], { timeout: 300 }));
  await expect(late).rejects.toBeInstanceOf(WaitTimeoutError);
  await expect(late).rejects.toMatchObject({ job: { id: A, status: 'RUNNING' } });
  for await (const job of ct.jobs.waitAll([A, B])) {
    expect(job.id).toBe(B);
    break;
  }
});

test('a job that there is not, a signal and nothing to wait for', async () => {
  const { ct } = await withServer({ 'GET /events': (_, response) => void openEventStream(response) });
  await expect(collect(ct.jobs.waitAll([A]))).rejects.toBeInstanceOf(NotFoundError);
  const stop = new AbortController();
  const stopped = collect(ct.jobs.waitAll([A], { signal: stop.signal }));
  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  expect(await collect(ct.jobs.waitAll([]))).toEqual([]);
});
