import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Warning } from '../src/contract.ts';
import { aJob, answer, openEventStream, type Play, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const { id } = aJob();
const blocked = {
  jobId: id,
  status: 'PENDING',
  verdict: 'blocked',
  summary: '',
  checks: [
    { code: 'NO_WORKER', ok: true, message: 'one' },
    { code: 'NO_WORKER_FOR_TYPE', ok: false, message: 'No worker handles emial.', hint: 'Did you mean email?' },
  ],
  next: null,
  retries: [],
};

function waiting(explain: Play): Record<string, Play> {
  return {
    [`GET /jobs/${id}/events`]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'PENDING');
      setTimeout(() => send(2, 'COMPLETED', { result: null }), 2_600);
    },
    [`GET /jobs/${id}/explain`]: explain,
  };
}

test('whoever waits for a job that nobody runs is told so, once, and waits on', async () => {
  const told: (Warning & { jobId: string })[] = [];
  const routes = waiting((_, response) => answer(response, 200, blocked));
  const { ct, server } = await withServer(routes, { hooks: { onWarning: (warning) => told.push(warning) } });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
  expect(told).toEqual([
    { jobId: id, code: 'NO_WORKER_FOR_TYPE', message: `job ${id} waits: No worker handles emial. Did you mean email?` },
  ]);
  expect(server.to(`GET /jobs/${id}/explain`)).toHaveLength(1);
});

test('without a hook it is a warning of the process', async () => {
  const { ct } = await withServer(waiting((_, response) => answer(response, 200, blocked)));
  const [[warning]] = await Promise.all([once(process, 'warning'), ct.jobs.wait(id)]);
  expect(warning).toMatchObject({
    name: 'CloudTaskWarning',
    code: 'NO_WORKER_FOR_TYPE',
    message: expect.stringContaining('email?'),
  });
});

test.each<[string, Play]>([
  [
    'the job waits for something else',
    (_, response) => answer(response, 200, { ...blocked, checks: [{ code: 'QUEUE_PAUSED', ok: false, message: '' }] }),
  ],
  ['it only waits its turn', (_, response) => answer(response, 200, { ...blocked, verdict: 'waiting' })],
  ['nobody can say', (_, response) => problem(response, 500, 'INTERNAL_ERROR')],
  ['the hook throws', (_, response) => answer(response, 200, blocked)],
])('the wait goes on when %s', async (why, explain) => {
  let told = 0;
  const onWarning = () => {
    told += 1;
    throw new Error('a bad hook');
  };
  const { ct } = await withServer(waiting(explain), { hooks: { onWarning } });
  expect((await ct.jobs.wait(id)).status).toBe('COMPLETED');
  expect(told).toBe(why === 'the hook throws' ? 1 : 0);
});
