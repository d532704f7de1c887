import type { Job, JobAttempt } from '@cloudtask/sdk';
import { Box, renderToString, Text } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { aJob } from '../../sdk/test/support/play-server.ts';
import { jobFrameLines } from '../src/live/job-frame.ts';
import { jobsFrameLines } from '../src/live/jobs-frame.ts';
import { spansOf } from '../src/live/span.ts';
import { timeLeftMs } from '../src/live/time-left.ts';
import { topFrameLines } from '../src/live/top-frame.ts';
import { TOP_HELP } from '../src/live/top-help.ts';
import { beginTop, seeSnapshot } from '../src/live/top-state.ts';
import type { WatchKeys } from '../src/live/watch-keys.ts';
import { countByStatus, NO_JOBS, seeEvent, type WatchedJobs } from '../src/live/watched-jobs.ts';
import type { Look } from '../src/output/answer.ts';
import { boxLines } from '../src/views/box.ts';
import { makeStyle } from '../src/views/style.ts';
import { fitWidth, visibleWidth } from '../src/views/visible-width.ts';

const START = Date.parse('2026-11-23T12:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
const look = (width: number, more: Partial<Look> = {}): Look => ({
  style: makeStyle(false),
  unicode: true,
  width,
  now: START + 30_000,
  ...more,
});
const keys: WatchKeys = { isOpen: true, areLogsShown: true, isPayloadShown: false, asks: null, note: null };
const attempt = (nth: number, from: number, to: number | null, more: Partial<JobAttempt> = {}): JobAttempt => ({
  attempt: nth,
  outcome: to === null ? 'running' : 'failed',
  reason: null,
  error: null,
  worker: null,
  startedAt: at(from),
  endedAt: to === null ? null : at(to),
  lateResultAt: null,
  ...more,
});
const frame = (job: Job, width: number, rows = 20, attempts: JobAttempt[] = [], more: Partial<WatchKeys> = {}) =>
  jobFrameLines({ job, attempts, keys: { ...keys, ...more }, isCompact: false }, look(width), rows);
/** What ink makes of the lines, as `screen.ts` hands them over. */
const drawn = (lines: string[], columns: number) =>
  renderToString(
    createElement(
      Box,
      { flexDirection: 'column' },
      ...lines.map((line, key) => createElement(Text, { key, wrap: 'truncate-end' }, line === '' ? ' ' : line)),
    ),
    { columns },
  ).split('\n');

describe('the life of a job', () => {
  test('has what it waited for before, between and after its attempts', () => {
    const job = aJob({ status: 'RETRYING', attempt: 2, createdAt: at(0) });
    const spans = spansOf(job, [attempt(1, 1, 5), attempt(2, 10, 12)]);
    expect(spans.map(({ kind, from, to }) => [kind, (from - START) / 1_000, to && (to - START) / 1_000])).toEqual([
      ['pending', 0, 1],
      ['attempt', 1, 5],
      ['waited', 5, 10],
      ['attempt', 10, 12],
      ['waited', 12, null],
    ]);
  });

  test('has an attempt that the list does not know yet, and nothing after its end', () => {
    const running = aJob({ status: 'RUNNING', attempt: 1, createdAt: at(0), startedAt: at(2) });
    expect(spansOf(running, []).map(({ kind }) => kind)).toEqual(['pending', 'attempt']);
    const failed = aJob({ status: 'FAILED', attempt: 1, createdAt: at(0), finishedAt: at(5) });
    expect(spansOf(failed, [attempt(1, 1, 5)]).map(({ kind }) => kind)).toEqual(['pending', 'attempt']);
  });

  test('begins with the time at which it is due', () => {
    const job = aJob({ status: 'RUNNING', attempt: 1, createdAt: at(0), runAt: at(10), startedAt: at(11) });
    expect(spansOf(job, [attempt(1, 11, null)]).map(({ kind }) => kind)).toEqual(['scheduled', 'pending', 'attempt']);
  });
});

test.each<[string, Partial<Job>, number | null]>([
  ['half done', { status: 'RUNNING', startedAt: at(0), progress: { percent: 50, message: null, data: null } }, 30_000],
  ['all done', { status: 'RUNNING', startedAt: at(0), progress: { percent: 100, message: null, data: null } }, null],
  ['hardly begun', { status: 'RUNNING', startedAt: at(0), progress: { percent: 1, message: null, data: null } }, null],
  ['no number', { status: 'RUNNING', startedAt: at(0), progress: { percent: null, message: 'x', data: null } }, null],
  [
    'between attempts',
    { status: 'RETRYING', startedAt: at(0), progress: { percent: 50, message: null, data: null } },
    null,
  ],
])('the time that is left: %s', (_, more, expected) => {
  expect(timeLeftMs(aJob(more), START + 30_000)).toBe(expected);
});

describe('the frame of a job', () => {
  const running = aJob({
    status: 'RUNNING',
    attempt: 12,
    maxAttempts: 20,
    createdAt: at(0),
    startedAt: at(25),
    worker: { id: 'w', host: 'web-2' },
    progress: { percent: 64, message: '描画中 🎨 of charts', data: null },
  });
  const many = Array.from({ length: 12 }, (_, nth) => attempt(nth + 1, nth * 2, nth === 11 ? null : nth * 2 + 1));

  test.each([40, 60, 80, 120])(
    'is as wide as the window at %i columns, wide characters too, and ink changes nothing',
    (columns) => {
      const lines = frame(running, columns, 12, many);
      expect(new Set(lines.map(visibleWidth))).toEqual(new Set([Math.min(columns, 110)]));
      expect(drawn(lines, columns)).toEqual(lines);
    },
  );

  test.each([6, 8, 12, 40])('is never taller than %i rows, with many attempts and a large payload', (rows) => {
    const job = { ...running, payload: Array.from({ length: 200 }, (_, nth) => nth) };
    expect(frame(job, 80, rows, many).length).toBeLessThanOrEqual(rows);
    const open = frame(job, 80, Math.max(rows, 10), many, { isPayloadShown: true });
    expect(open.length).toBeLessThanOrEqual(Math.max(rows, 10));
    expect(open.join('\n')).toMatch(/and \d+ more lines: cloudtask jobs show/);
  });

  test('shows what waits and for how long, what is being stopped, and asks before it cancels', () => {
    const retrying = aJob({ status: 'RETRYING', attempt: 1, createdAt: at(0), nextAttemptAt: at(42) });
    expect(frame(retrying, 80).join('\n')).toContain('↻ retrying in 12s');
    expect(frame({ ...running, cancelRequestedAt: at(29) }, 80).join('\n')).toContain('stopping');
    expect(frame(running, 80, 20, [], { asks: 'cancel' }).at(-1)).toContain('Cancel this job? (y/N)');
    expect(frame(aJob({ createdAt: at(0) }), 120).at(-1)).toContain('why: cloudtask explain 00000001');
  });

  test('lets nothing of a message move the cursor', () => {
    const job = { ...running, progress: { percent: 1, message: '\u001b[2Jgone\nline', data: null } };
    expect([...frame(job, 80).join('')].filter((char) => char < ' ')).toEqual([]);
  });

  test('is plain ASCII where the terminal knows no more', () => {
    const lines = jobFrameLines(
      {
        job: { ...running, progress: { percent: 64, message: 'x', data: null } },
        attempts: many,
        keys,
        isCompact: false,
      },
      look(80, { unicode: false }),
      20,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
    expect(lines.join('')).toMatch(/^[\u0000-\u007f]*$/);
  });

  test('is short with --compact', () => {
    expect(jobFrameLines({ job: running, attempts: many, keys, isCompact: true }, look(80), 20).length).toBe(4);
  });
});

describe('the table of many jobs', () => {
  const watched = (jobs: Job[]): WatchedJobs =>
    jobs.reduce(
      (sum, job) => seeEvent(sum, { seq: '0', at: '', jobId: job.id, kind: 'status', status: job.status, job }),
      NO_JOBS,
    );
  const some = (count: number, status: Job['status']) =>
    Array.from({ length: count }, (_, nth) => aJob({ id: `${status}-${nth}`.padStart(36, '0'), status }));
  const table = (jobs: Job[], rows: number, more = {}) =>
    jobsFrameLines(
      { watched: watched(jobs), keys, isCompact: false, isOpen: true, isEnded: false, ...more },
      look(100),
      rows,
    );

  test('gives its rows to those that run and that failed', () => {
    const lines = table([...some(30, 'COMPLETED'), ...some(2, 'RUNNING'), ...some(1, 'FAILED')], 8);
    expect(lines).toHaveLength(8);
    expect(lines.filter((line) => /● running|✗ failed/.test(line))).toHaveLength(3);
    expect(lines.at(-2)).toContain('… and 28 more');
    expect(lines.at(-1)).toContain('33 jobs · 2 running · 30 completed · 1 failed');
  });

  test('leaves out with --compact what has ended, and counts it', () => {
    const lines = table([...some(3, 'COMPLETED'), ...some(1, 'RUNNING')], 20, { isCompact: true });
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toContain('4 jobs · 1 running · 3 completed');
  });

  test('counts jobs that are no longer held', () => {
    const all = watched([...some(2_100, 'COMPLETED'), ...some(1, 'RUNNING')]);
    expect(all.jobs.size).toBe(2_000);
    expect(countByStatus(all).get('COMPLETED')).toBe(2_100);
    expect([...all.jobs.values()].some(({ status }) => status === 'RUNNING')).toBe(true);
  });
});

test('a number of progress changes only the progress', () => {
  const job = aJob({ status: 'RUNNING' });
  const before = seeEvent(NO_JOBS, { seq: '1', at: '', jobId: job.id, kind: 'status', status: 'RUNNING', job });
  const after = seeEvent(before, {
    seq: '2',
    at: '',
    jobId: job.id,
    kind: 'progress',
    percent: 5,
    message: null,
    data: null,
  });
  expect(after.jobs.get(job.id)).toEqual({ ...job, progress: { percent: 5, message: null, data: null } });
  expect(before.jobs.get(job.id)).toEqual(job);
});

describe('top', () => {
  const snapshot = {
    at: at(0),
    profile: 'default',
    url: '',
    stats: null,
    queues: [],
    workers: [],
    jobs: Array.from({ length: 100 }, (_, nth) => aJob({ id: `${nth}`.padStart(36, '0') })),
  };
  const state = seeSnapshot(beginTop({ queue: null, isReadonly: false, isProduction: false }), snapshot);

  test.each([
    [40, 12],
    [80, 24],
    [120, 40],
    [200, 60],
  ])('fills %i columns and %i rows, and no more', (width, rows) => {
    const lines = topFrameLines(state, look(width), rows);
    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(width);
    expect(drawn(lines, width)).toHaveLength(rows);
  });

  test('is plain ASCII where the terminal knows no more, its help and its questions too', () => {
    const sheet = { title: 'Keys', lines: TOP_HELP, scrolled: 0 };
    for (const each of [
      state,
      { ...state, filter: 'x', isTyping: true },
      { ...state, sheet },
      { ...state, note: 'x' },
    ]) {
      const lines = topFrameLines(each, look(120, { unicode: false }), 24);
      expect([...lines.join('')].filter((char) => char > '~')).toEqual([]);
    }
  });

  test('keeps the job that is meant in sight', () => {
    const far = { ...state, selected: { ...state.selected, jobs: '90'.padStart(36, '0') } };
    expect(topFrameLines(far, look(80), 24).join('\n')).toContain('▸ 00000090');
  });

  test('shows all when it is asked once', () => {
    expect(topFrameLines(state, look(80)).filter((line) => line.includes('pending'))).toHaveLength(100);
  });
});

test.each([
  ['abc', 3],
  ['日本', 4],
  ['🎨', 2],
  ['e\u0301', 1],
  ['\u001b[31mred\u001b[39m', 3],
])('the columns of %j', (text, columns) => {
  expect(visibleWidth(text)).toBe(columns);
});

test.each([
  ['日本語', 4, '日… '],
  ['abcdef', 4, 'abc…'],
  ['ab', 4, 'ab  '],
  ['\u001b[31mabcdef\u001b[39m', 4, '\u001b[31mabc\u001b[39m…'],
  ['abc', 0, ''],
])('%j in %i columns', (text, columns, expected) => {
  expect(fitWidth(text, columns)).toBe(expected);
});

test('a box is closed at any width', () => {
  for (const width of [6, 7, 20]) {
    const lines = boxLines(['a long line of text'], { title: 'a long title', foot: 'foot', width, unicode: true });
    expect(new Set(lines.map(visibleWidth))).toEqual(new Set([width]));
  }
});
