import { parseDuration } from '@cloudtask/sdk/duration';
import { FatalError } from '@cloudtask/sdk/handler-errors';
import { expect, it } from 'vitest';
import { headline, thrownStack } from '../src/thrown-stack.ts';

function withStack(error: Error, ...frames: string[]): Error {
  return Object.assign(error, {
    stack: [`${error.name}: ${error.message}`, ...frames.map((at) => `    at ${at}`)].join('\n'),
  });
}

const OWN = `build (file://${process.cwd()}/src/handlers/report.ts:21:14)`;
const OF_PG = '/app/node_modules/pg/lib/client.js:12:3';

it('where a handler threw is told by its own frames, with the paths of its project', () => {
  const error = withStack(
    new Error('x'),
    `query (${OF_PG})`,
    'node:internal/timers:1:2',
    OWN,
    'async Promise.all (index 0)',
  );
  expect(thrownStack(error)).toBe('at build (src/handlers/report.ts:21:14)\nat async Promise.all (index 0)');
});

it('a frame of the project is told whatever its folder is called, and its function not at all', () => {
  const frames = [
    'Object.<anonymous> (/react-native/a.js:1:2)',
    'async /native/b.js:3:4',
    'new <anonymous> (/c.js:5:6)',
  ];
  const ofNode = [
    'Array.map (<anonymous>)',
    'JSON.parse (<anonymous>)',
    'async node:fs:1:2',
    'run (node:vm:1:2)',
    'sort (native)',
  ];
  expect(thrownStack(withStack(new Error('x'), ...frames, ...ofNode))?.split('\n')).toEqual(
    frames.map((at) => `at ${at}`),
  );
});

it('an error that has no frames of the project is told by those of its package', () => {
  const frames = Array.from({ length: 9 }, (_, i) => `parse${i} (${OF_PG})`);
  expect(thrownStack(withStack(new Error('x'), ...frames))?.split('\n')).toEqual(
    frames.slice(0, 5).map((at) => `at ${at}`),
  );
});

it('the causes follow, each once, to the fifth', () => {
  const circle = new Error('first');
  circle.cause = new Error('second', { cause: circle });
  expect(thrownStack(circle)?.match(/^caused by .*/gm)).toEqual(['caused by Error: second']);
  const deep = Array.from({ length: 9 }).reduce<Error>(
    (cause, _, i) => new Error(`${i}`, { cause }),
    new Error('root'),
  );
  expect(thrownStack(deep)?.match(/^caused by/gm)).toHaveLength(4);
});

it('frames of the worker and of the SDK are left out', () => {
  const wrong = () => parseDuration('nonsense' as never);
  try {
    wrong();
  } catch (error) {
    expect(thrownStack(error)).toMatch(/^at wrong \(packages\/worker\/test\/thrown-stack\.test\.ts:\d+:\d+\)/);
    expect(thrownStack(error)).not.toContain('packages/sdk');
  }
  expect.assertions(2);
});

it('lines of a message that look like frames are none, and it is at most 4 kB', () => {
  expect(thrownStack(withStack(new Error('x\n    at payload (secret:1:1)'), OWN))).not.toContain('secret');
  const frames = Array.from({ length: 500 }, () => `ü${OWN}`);
  const stack = thrownStack(withStack(new Error('x'), ...frames)) ?? '';
  expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(4_096);
  expect(stack.endsWith('\n…')).toBe(true);
});

it.each([
  ['a text', 'boom'],
  ['nothing', undefined],
  ['an error without frames', Object.assign(new FatalError('refused'), { stack: 'FatalError: refused' })],
  ['an error without a stack', Object.assign(new FatalError('refused'), { stack: undefined })],
  ['one whose stack cannot be read', Object.defineProperty(new Error('x'), 'stack', { get: () => JSON.parse('{') })],
])('there is nowhere to point at for %s', (_, thrown) => {
  expect(thrownStack(thrown)).toBeUndefined();
});

it('the message is one line that people read', () => {
  expect(headline('Error', 'two\n  lines')).toBe('Error: two lines');
  expect(headline('Error', 'x'.repeat(9_000))).toHaveLength(500);
});
