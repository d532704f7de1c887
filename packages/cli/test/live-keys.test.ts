import type { Key as InkKey } from 'ink';
import { expect, test } from 'vitest';
import { aJob } from '../../sdk/test/support/play-server.ts';
import { keysOf } from '../src/live/key.ts';
import type { TopSnapshot } from '../src/live/read-top.ts';
import { pressInTop, type TopAct } from '../src/live/top-keys.ts';
import { beginTop, seeSnapshot, selectedIn, type TopState } from '../src/live/top-state.ts';
import { pressInWatch, type WatchKeys } from '../src/live/watch-keys.ts';

const NONE = {} as InkKey;
const [running, failed, done] = [
  aJob({ id: 'j-running', status: 'RUNNING' }),
  aJob({ id: 'j-failed', status: 'FAILED', type: 'image' }),
  aJob({ id: 'j-done', status: 'COMPLETED' }),
];
const snapshot: TopSnapshot = {
  at: '2026-11-23T12:00:00.000Z',
  profile: 'default',
  url: 'http://localhost:8080',
  stats: null,
  queues: ['mail', 'held'].map((name) => ({
    name,
    waiting: 0,
    ready: 0,
    oldestWaitingSeconds: null,
    workers: 1,
    slots: 5,
    busy: 0,
    pause:
      name === 'held' ? { pausedAt: '2026-11-23T12:00:00.000Z', resumesAt: null, reason: null, pausedBy: 'a' } : null,
  })),
  workers: [],
  jobs: [running, failed, done],
};

/** The state after these keys, and what they had done. */
function press(keys: string[], start: TopState = begun()): { state: TopState; acts: TopAct[] } {
  let state = start;
  const acts: TopAct[] = [];
  for (const key of keys) {
    const pressed = pressInTop(state, key);
    state = pressed.state;
    if (pressed.act !== null) acts.push(pressed.act);
  }
  return { state, acts };
}

function begun({ isReadonly = false } = {}): TopState {
  return seeSnapshot(beginTop({ queue: null, isReadonly, isProduction: false }), snapshot);
}

test.each<[string, string[], TopAct[]]>([
  ['q leaves', ['q'], [{ kind: 'quit' }]],
  ['Ctrl-C leaves from anywhere', ['/', 'x', 'ctrl-c'], [{ kind: 'stop' }]],
  ['Esc leaves when nothing is left to take back', ['escape'], [{ kind: 'quit' }]],
  [
    'Esc takes back the filter, then the choice, then leaves',
    ['f', '/', 'i', 'enter', 'escape', 'escape', 'escape'],
    [{ kind: 'look' }, { kind: 'look' }, { kind: 'quit' }],
  ],
  ['a yes cancels', ['C', 'y'], [{ kind: 'change', change: { kind: 'cancel', jobId: 'j-running' } }]],
  ['anything else does not', ['C', 'x'], []],
  ['Enter is no yes', ['C', 'enter'], []],
  ['a failed job is retried', ['j', 'R', 'Y'], [{ kind: 'change', change: { kind: 'retry', jobId: 'j-failed' } }]],
  ['a job that runs is not', ['R', 'y'], []],
  ['a job that completed is not', ['down', 'down', 'R', 'y'], []],
  ['what has ended is not cancelled', ['down', 'C', 'y'], []],
  ['a queue is paused', ['tab', 'p', 'y'], [{ kind: 'change', change: { kind: 'pause', queue: 'mail' } }]],
  [
    'a paused one is resumed',
    ['tab', 'down', 'p', 'y'],
    [{ kind: 'change', change: { kind: 'resume', queue: 'held' } }],
  ],
  ['p among the jobs does nothing', ['p', 'y'], []],
  ['typing is no command', ['/', 'C', 'y'], []],
  ['x explains', ['x'], [{ kind: 'open', what: 'explain', panel: 'jobs', name: 'j-running' }]],
  ['l among the queues does nothing', ['tab', 'l'], []],
])('top: %s', (_, keys, acts) => {
  expect(press(keys).acts).toEqual(acts);
});

test.each([[['C', 'y']], [['down', 'R', 'y']], [['tab', 'p', 'y']]])('top --readonly: %j changes nothing', (keys) => {
  const { acts, state } = press(keys, begun({ isReadonly: true }));
  expect(acts).toEqual([]);
  expect(state.asks).toBeNull();
});

test('top: the job that is meant stays the same when others come, and is the first when it goes', () => {
  const { state } = press(['down']);
  const more = seeSnapshot(state, { ...snapshot, jobs: [aJob({ id: 'j-new' }), ...snapshot.jobs] });
  expect(selectedIn(more, 'jobs')).toBe('j-failed');
  expect(selectedIn(seeSnapshot(more, { ...snapshot, jobs: [done] }), 'jobs')).toBe('j-done');
});

test('top: without the rights of an operator there is only the panel of jobs', () => {
  const mine = seeSnapshot(press(['tab']).state, { ...snapshot, queues: null, workers: null });
  expect(press(['tab'], mine).state.panel).toBe('jobs');
});

const watching: WatchKeys = { isOpen: true, areLogsShown: true, isPayloadShown: false, asks: null, note: null };

test('watch: a cancel needs a yes, and many jobs are not cancelled with a key', () => {
  const asked = pressInWatch(watching, 'c', { isOne: true });
  expect(asked).toMatchObject({ keys: { asks: 'cancel' }, act: null });
  expect(pressInWatch(asked.keys, 'y', { isOne: true })).toMatchObject({ keys: { asks: null }, act: 'cancel' });
  expect(pressInWatch(asked.keys, 'q', { isOne: true })).toMatchObject({ keys: { asks: null }, act: null });
  expect(pressInWatch(watching, 'c', { isOne: false })).toMatchObject({ keys: { asks: null }, act: null });
});

test.each<[string, InkKey, string[]]>([
  ['q', NONE, ['q']],
  ['ab\r', NONE, ['a', 'b', 'enter']],
  ['c', { ...NONE, ctrl: true }, ['ctrl-c']],
  ['d', { ...NONE, ctrl: true }, []],
  ['l', { ...NONE, meta: true }, ['escape', 'l']],
  ['', { ...NONE, escape: true, meta: true }, ['escape']],
  ['', { ...NONE, tab: true, shift: true }, ['back-tab']],
  ['', { ...NONE, upArrow: true }, ['up']],
])('keys: %j', (input, pressed, keys) => {
  expect(keysOf(input, pressed)).toEqual(keys);
});
