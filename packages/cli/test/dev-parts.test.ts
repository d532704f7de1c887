import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventLines } from '../src/dev/event-lines.ts';
import { keyLine } from '../src/dev/key-line.ts';
import { findProject } from '../src/dev/project-folder.ts';
import { StopRequests } from '../src/dev/stop-requests.ts';
import { ThrownPlaces } from '../src/dev/thrown-places.ts';
import { isCode } from '../src/dev/watch-code.ts';
import { questionsOf } from '../src/submit/payload-form.ts';
import { ownFrame } from '../src/views/own-frame.ts';
import { makeStyle } from '../src/views/style.ts';
import { cliHome } from './support/run-cli.ts';

const look = { style: makeStyle(false), unicode: true, folder: '/p' };

describe('the place of an error is the first line of its stack that is in the project', () => {
  test.each([
    ['    at build (file:///p/src/report.ts:21:14)', 'at build (src/report.ts:21:14)'],
    ['    at async run (file:///p/src/report.ts:3:1)', 'at run (src/report.ts:3:1)'],
    ['    at file:///p/a%20b.ts:3:1', 'at a b.ts:3:1'],
    ['    at /p/a.js:3:1', 'at a.js:3:1'],
    ['    at Array.map (<anonymous>)\n    at new Report (file:///p/a.ts:1:2)', 'at new Report (a.ts:1:2)'],
    ['    at run (file:///p/node_modules/x/a.js:1:2)\n    at y (file:///p/b.ts:1:2)', 'at y (b.ts:1:2)'],
    ['    at run (node:internal/x:1:2)\n    at z (file:///other/b.ts:1:2)', undefined],
    ['no stack', undefined],
  ])('%j', (stack, place) => {
    expect(ownFrame(`Error: x\n${stack}`, '/p')).toBe(place);
  });
});

test('places are told once, and not remembered of more than 500 jobs', () => {
  const places = new ThrownPlaces('/p');
  const err = Object.assign(new Error('x'), { stack: 'Error: x\n    at f (/p/a.ts:1:2)' });
  for (let job = 0; job <= 500; job++) places.read({ jobId: `j${job}`, err });
  places.read({ jobId: 'none' });
  expect(places.take('j0')).toBeUndefined();
  expect(places.take('j500')).toBe('at f (a.ts:1:2)');
  expect(places.take('j500')).toBeUndefined();
});

describe('what is watched', () => {
  test.each([
    ['src', false, true],
    ['src/handlers/a.ts', true, true],
    ['data.json', true, true],
    ['.env', true, true],
    ['.env.local', true, true],
    ['prod.env', true, true],
    ['notes.md', true, false],
    ['node_modules/zod/index.js', true, false],
    ['node_modules', false, false],
    ['.git/HEAD', true, false],
    ['.cloudtask/db/1.json', true, false],
    ['dist/a.js', true, false],
    ['.vscode/settings.json', true, false],
  ])('%s (file: %s): %s', (path, isFile, expected) => {
    expect(isCode(join('/p', path), isFile, { folder: '/p', dataFolder: '/p/.cloudtask' })).toBe(expected);
  });
});

describe('what happens to the code is said', () => {
  const loaded = {
    kind: 'loaded',
    generation: 2,
    types: [],
    advice: [],
    ms: 90,
    isFirst: false,
    finishing: 0,
  } as const;

  test.each([
    [{ kind: 'save', paths: ['src/a.ts'] }, 1, '↻ reloaded src/a.ts in 90ms · 1 job finishes on the old code'],
    [
      { kind: 'save', paths: ['a.ts', 'b.ts', 'c.ts'] },
      2,
      '↻ reloaded a.ts and 2 more in 90ms · 2 jobs finish on the old code',
    ],
    [{ kind: 'wish' }, 0, '↻ reloaded in 90ms'],
    [{ kind: 'death' }, 0, '↻ a new worker process runs the code in 90ms'],
  ] as const)('%j', (cause, finishing, line) => {
    expect(eventLines({ ...loaded, finishing }, cause, look)).toEqual([line]);
  });

  test('handlers of the project are named with their folder, and those that came with it are not', () => {
    const types = [
      { type: 'a', source: '/p/src/handlers/a.ts' },
      { type: 'b', source: '/p/src/handlers/b.ts' },
      { type: 'sleep', source: 'CloudTask' },
    ];
    expect(eventLines({ ...loaded, isFirst: true, types }, { kind: 'start' }, look)).toEqual([
      '  ✓ 2 handlers from src/handlers (90ms)   a · b',
    ]);
  });

  test('a file that holds no handler is named as one of the project', () => {
    const advice = ['src/handlers/a.ts exports no handler (it exports b): write `…`'];
    expect(eventLines({ ...loaded, advice }, { kind: 'wish' }, look)).toEqual([
      '↻ reloaded in 90ms',
      '  ! src/handlers/a.ts exports no handler (it exports b): write `…`',
    ]);
  });

  test('where there is no handler it says what to do', () => {
    const lines = eventLines({ ...loaded, isFirst: true }, { kind: 'start' }, look).join('\n');
    expect(lines).toMatch(/cloudtask handlers new [\s\S]*cloudtask init [\s\S]*cloudtask dev --demo/);
  });

  test('what a handler says has the name of its job', () => {
    const said = {
      kind: 'said',
      generation: 1,
      at: '2026-11-28T12:00:00.000Z',
      jobId: `${'0'.repeat(28)}8b254421`,
    } as const;
    const line = { ...said, type: 'echo', attempt: 2, level: 'info', message: 'hello', fields: {} } as const;
    const text = (event: Parameters<typeof eventLines>[0]) => eventLines(event, { kind: 'wish' }, look)[0];
    expect(text(line)).toMatch(/^\d\d:\d\d:\d\d {2}│ echo 8b254421 {2}hello$/);
    expect(text({ ...line, level: 'warn', fields: { n: 1 } })).toMatch(/ {2}warn {2}hello {2}\{"n":1\}$/);
    expect(text({ ...line, message: '\u001b[2Jgone' })).toMatch(/ {2}\[2Jgone$/);
  });

  test('what controls a terminal does not get through', () => {
    const line = '\u001b[2Jgone';
    expect(eventLines({ kind: 'printed', generation: 1, stream: 'stdout', line }, { kind: 'wish' }, look)).toEqual([
      '│ [2Jgone',
    ]);
  });
});

test('the label of t says what is next, and counts down', () => {
  const timer = { what: 'schedule', at: new Date(), byMs: 65_000 } as const;
  const state = { isPaused: false, hasWorkers: true, next: { timer, askedAt: 1_000 } };
  expect(keyLine(state, 6_000)).toContain('t skip to next schedule (1m)');
  expect(keyLine(state, 900_000)).toContain('t skip to next schedule (0ms)');
  expect(keyLine({ isPaused: false, hasWorkers: false, next: undefined }, 0)).toBe(
    '  ? help  q quit  s submit…  o open  c clear',
  );
});

test('two signals in a moment are one wish', async () => {
  const stop = new StopRequests();
  stop.request();
  stop.request();
  expect([stop.asked.aborted, stop.now.aborted]).toEqual([true, false]);
  await new Promise((resolve) => setTimeout(resolve, 450));
  stop.request();
  expect(stop.now.aborted).toBe(true);
});

test('the form asks for what has to be there first, and an example stands there already', () => {
  const payloadSchema = {
    type: 'object',
    required: ['zip', 'sender'],
    properties: {
      n: { type: 'integer', default: 2 },
      zip: { type: 'string' },
      tags: { type: 'array' },
      sender: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, note: {} } },
    },
  };
  const type = { payloadSchema, sensitive: [], examples: [{ zip: '01234', tags: ['a'], sender: { name: 'Ada' } }] };
  const asked = questionsOf(type, 'all').map(({ steps, isRequired, preset }) => [steps.join('.'), isRequired, preset]);
  expect(asked).toEqual([
    ['zip', true, '01234'],
    ['sender.name', true, 'Ada'],
    ['sender.note', false, undefined],
    ['n', false, 2],
    ['tags', false, ['a']],
  ]);
  expect(questionsOf(type, 'required').map(({ steps }) => steps.join('.'))).toEqual(['zip', 'sender.name']);
  expect(questionsOf({ ...type, payloadSchema: true }, 'all')).toEqual([]);
});

test('the project is the nearest folder above with a configuration; without one, handlers are looked for here', async () => {
  const { folder } = await cliHome();
  const deep = join(folder, 'a', 'b');
  await mkdir(join(deep, 'src', 'handlers'), { recursive: true });
  expect(findProject(deep)).toEqual({ folder: deep, hasConfig: false, handlersFolder: join(deep, 'src/handlers') });
  await mkdir(join(deep, 'handlers'));
  expect(findProject(deep)).toMatchObject({ handlersFolder: join(deep, 'handlers') });
  await writeFile(join(folder, 'a', 'cloudtask.config.mjs'), '');
  expect(findProject(deep)).toEqual({ folder: join(folder, 'a'), hasConfig: true, handlersFolder: undefined });
});
