import { expect, it } from 'vitest';
import { JOURNAL_LIMITS } from '../src/journal-limits.ts';
import { toLogLine } from '../src/log-line.ts';

it.each(['http://a:b,', 'eyJ', '\0', '\ud800'])('a line of 1 MiB takes no longer than plain text: %j', (piece) => {
  const hostile = piece.repeat((1024 * 1024) / piece.length);
  const plain = 'x'.repeat(1024 * 1024);
  // Of this process: others on the machine take time too.
  const milliseconds = (text: string) => {
    const from = process.cpuUsage();
    for (let n = 0; n < 10; n += 1) toLogLine(text, { text });
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1_000;
  };
  milliseconds(plain);
  expect(milliseconds(hostile)).toBeLessThan(20 * milliseconds(plain) + 100);
});

it('a line is scrubbed before it is cut, so that no half of a secret stays', () => {
  const before = 'x'.repeat(JOURNAL_LIMITS.lineBytes - 25);
  const { line } = toLogLine(`${before} smtp://ada:${'s3cret'.repeat(20)}@mail`, undefined);
  expect(line.message).toMatch(/ smtp:\/\/ada:\[reda/);
  expect(Buffer.byteLength(line.message)).toBe(JOURNAL_LIMITS.lineBytes);
});
