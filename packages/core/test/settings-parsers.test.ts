import { describe, expect, it } from 'vitest';
import {
  duration,
  durationFrom,
  flag,
  integer,
  list,
  listOf,
  matching,
  oneOf,
  type Parser,
  text,
  url,
} from '../src/settings-parsers.ts';

const port = integer({ min: 1, max: 65_535 });
const server = url('postgres://', 'pglite:');
const name = matching(/^\w+$/, 'letters');

describe('settings are read from text', () => {
  it.each<[string, Parser<unknown>, string, unknown]>([
    ['text', text, ' as it is ', ' as it is '],
    ['integer', port, '1', 1],
    ['integer', port, '65535', 65_535],
    ['integer', integer({ min: -5, max: 5 }), '-5', -5],
    ['duration', duration, '250ms', 250],
    ['duration', duration, '1.5s', 1_500],
    ['duration', duration, '2h', 7_200_000],
    ['duration', duration, '0', 0],
    ['duration within limits', durationFrom({ min: '1s', max: '1m' }), '60s', 60_000],
    ['flag', flag, 'true', true],
    ['flag', flag, 'YES', true],
    ['flag', flag, '1', true],
    ['flag', flag, 'off', false],
    ['flag', flag, '0', false],
    ['choice', oneOf('auto', 'json'), 'json', 'json'],
    ['list', list, 'a, b ,,c', ['a', 'b', 'c']],
    ['list', list, '', []],
    ['list of numbers', listOf(port), '1,2', [1, 2]],
    ['pattern', name, 'abc', 'abc'],
    ['url', server, 'postgres://u:p@h:5432/db', 'postgres://u:p@h:5432/db'],
    ['url of a socket', server, 'postgres:///db?host=/run', 'postgres:///db?host=/run'],
    ['url of a directory', server, 'pglite:.cloudtask/db', 'pglite:.cloudtask/db'],
  ])('%s %#: %o', (_, parse, given, expected) => {
    expect(parse(given)).toEqual(expected);
  });

  it.each<[string, Parser<unknown>, string, string]>([
    ['no number', port, 'abc', 'must be a whole number from 1 to 65535'],
    ['a fraction', port, '1.5', 'a whole number'],
    ['an exponent', port, '1e3', 'a whole number'],
    ['hexadecimal', port, '0x10', 'a whole number'],
    ['spaces', port, ' 1', 'a whole number'],
    ['nothing', port, '', 'a whole number'],
    ['too small', port, '0', 'from 1 to 65535'],
    ['too large', port, '65536', 'from 1 to 65535'],
    ['a duration without unit', duration, '30', 'its unit is missing'],
    ['a duration of nothing known', duration, 'soon', 'must be a duration like 250ms, 30s, 5m, 2h or 1d'],
    ['a negative duration', duration, '-1s', 'must be a duration'],
    ['a duration that is too short', durationFrom({ min: '1s' }), '999ms', 'at least 1s'],
    ['a duration that is too long', durationFrom({ min: '1s', max: '1m' }), '61s', 'at least 1s and at most 1m'],
    ['a word for a flag', flag, 'maybe', 'must be true or false'],
    ['another choice', oneOf('auto', 'pretty', 'json'), 'xml', 'must be auto, pretty or json'],
    ['a wrong item', listOf(port), '1,x', 'a whole number'],
    ['a wrong form', name, 'a b', 'must be letters'],
    ['another scheme', server, 'mysql://h/db', 'must be a URL that begins with postgres:// or pglite:'],
    ['no scheme', server, 'localhost:5432', 'begins with'],
    ['a URL without a server', server, 'postgres://', 'a complete URL like postgres://user:password@host/'],
    ['a URL with an unencoded password', server, 'postgres://u:p/w@h/db', 'encode / @ # ?'],
  ])('%s is refused', (_, parse, given, sentence) => {
    expect(() => parse(given)).toThrow(sentence);
  });

  it('never repeats the value in its sentence, which may be a secret', () => {
    const parsers: Parser<unknown>[] = [port, duration, flag, oneOf('a', 'b'), listOf(port), name, server];
    for (const parse of parsers) {
      const error = catchError(() => parse('postgres://hunter2 hunter2'));
      expect(error.message).not.toContain('hunter2');
    }
  });
});

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
