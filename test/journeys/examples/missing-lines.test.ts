import { expect, test } from 'vitest';
import { missingLines } from './missing-lines.ts';

test.each([
  { shown: 'Hello Ada\n', printed: 'Hello Ada\n', missing: [] },
  { shown: 'Hello Ada\n', printed: 'Hello Grace\n', missing: ['Hello Ada'] },
  { shown: 'job … done\n', printed: 'before\njob 0195 done\nafter\n', missing: [] },
  { shown: 'a b\n', printed: '  a    b  \n', missing: [] },
  { shown: 'second\nfirst\n', printed: 'first\nsecond\n', missing: ['first'] },
  { shown: '{"a":[1]}\n', printed: '{"a":[1]}\n', missing: [] },
])('$printed shows $shown but for $missing', ({ shown, printed, missing }) => {
  expect(missingLines(shown, printed)).toEqual(missing);
});
