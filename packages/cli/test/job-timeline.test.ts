import type { Job } from '@cloudtask/sdk/contract';
import { expect, test } from 'vitest';
import { aJob } from '../../sdk/test/support/play-server.ts';
import { humanLine, liveText, plainLine } from '../src/views/job-line.ts';
import { makeStyle } from '../src/views/style.ts';
import { advance, type JobTimeline } from '../src/watch/job-timeline.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 19, 41, second)).toISOString();
const job = (more: Partial<Job>): Job =>
  aJob({ id: '0199d0f4-0000-7000-8000-00007f3ab2c1', type: 'report.build', createdAt: at(0), ...more });
const error = {
  code: 'ERROR',
  name: 'HttpError',
  message: '502 from\u001b[31m api',
  attempt: 1,
  retryable: true,
  fingerprint: 'f',
};

const life = [
  job({ updatedAt: at(0) }),
  job({ status: 'RUNNING', attempt: 1, startedAt: at(1), updatedAt: at(1), worker: { id: 'w', host: 'web-2' } }),
  job({ status: 'RETRYING', attempt: 1, startedAt: at(1), updatedAt: at(9), nextAttemptAt: at(19), error }),
  job({ status: 'RUNNING', attempt: 2, startedAt: at(19), updatedAt: at(19), worker: { id: 'w', host: 'web-2' } }),
  job({ status: 'COMPLETED', attempt: 2, startedAt: at(19), updatedAt: at(49), finishedAt: at(49), result: 1 }),
];

function follow(jobs: Job[]): JobTimeline[] {
  const seen: JobTimeline[] = [];
  for (const each of jobs) seen.push(advance(seen.at(-1), each));
  return seen;
}

test('a pipe gets one line per change, with times that sort and nothing that moves a cursor', () => {
  expect(follow(life).map(plainLine)).toEqual([
    '2026-11-23T19:41:00.000Z 7f3ab2c1 report.build pending',
    '2026-11-23T19:41:01.000Z 7f3ab2c1 report.build running attempt=1 worker=web-2',
    '2026-11-23T19:41:09.000Z 7f3ab2c1 report.build attempt=1 failed "HttpError: 502 from [31m api" next=10s',
    '2026-11-23T19:41:19.000Z 7f3ab2c1 report.build running attempt=2 worker=web-2',
    '2026-11-23T19:41:49.000Z 7f3ab2c1 report.build completed 30s',
  ]);
});

test('a person gets words and glyphs', () => {
  const lines = follow(life).map((each) => humanLine(each, makeStyle(false), true).slice(10));
  expect(lines).toEqual([
    '○ report.build 7f3ab2c1  pending',
    '● report.build 7f3ab2c1  running  attempt 1 of 5',
    '↻ report.build 7f3ab2c1  attempt 1 failed  HttpError: 502 from [31m api  next in 10s',
    '● report.build 7f3ab2c1  running  attempt 2 of 5',
    '✓ report.build 7f3ab2c1  completed  in 30s',
  ]);
});

test('the same state twice, or new progress, is no new step', () => {
  const [first, again, progress] = follow([
    life[1] as Job,
    life[1] as Job,
    { ...(life[1] as Job), updatedAt: at(5), progress: { percent: 40, message: 'charts', data: null } },
  ]);
  expect(again).toBe(first);
  expect(progress?.steps).toBe(first?.steps);
  expect(liveText([progress as JobTimeline], Date.parse(at(7)), false)).toBe(
    '* report.build 7f3ab2c1  running  attempt 1 of 5  40% charts  6.0s',
  );
});

test('the live line counts down to the next attempt, and sums up many jobs', () => {
  const timelines = follow(life);
  expect(liveText([timelines[2] as JobTimeline], Date.parse(at(12)), false)).toContain('attempt 2 in 7.0s');
  expect(liveText([timelines[2], timelines[4]] as JobTimeline[], 0, true)).toBe('  2 jobs · 1 retrying · 1 completed');
});
