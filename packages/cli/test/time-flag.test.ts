import { expect, test } from 'vitest';
import { sinceFlag, timeFlag } from '../src/time-flag.ts';

/** The value of a flag of that name. */
async function read(flag: typeof timeFlag, name: string, text: string): Promise<unknown> {
  const { parse } = flag();
  return parse(text, {} as never, { name } as never);
}

test.each(['24h', '90s', '7d', '2030-01-31T09:00:00Z', '2030-01-31T09:00:00+02:00'])(
  '--since %s goes as it is',
  async (text) => {
    expect(await read(sinceFlag, 'since', text)).toBe(text);
  },
);

test('a day and a time without a zone are of here', async () => {
  expect(await read(sinceFlag, 'since', '2030-01-31')).toBe(new Date(2030, 0, 31).toISOString());
  expect(await read(timeFlag, 'at', '2030-01-31 09:30')).toBe(new Date(2030, 0, 31, 9, 30).toISOString());
});

test.each([
  'yesterday',
  '12',
  '5 min',
  '1 May',
  '2030-13-01',
  '2030-02-30',
  '2030-02-30 09:00',
  '2030-1-5',
  '2030-01',
  '',
])('--since %s is refused with what it could be', async (text) => {
  await expect(read(sinceFlag, 'since', text)).rejects.toMatchObject({
    message: `--since cannot be ${text}`,
    why: 'It is how long ago, like 30m, 24h or 7d, or a time, like 2030-01-31 or 2030-01-31T09:00:00Z.',
  });
});

test('for a time from now on there is another flag', async () => {
  await expect(read(timeFlag, 'at', '5m')).rejects.toMatchObject({
    why: 'It is a time. From now on it is --delay 5m.',
  });
});
