import { describe, expect, it } from 'vitest';
import { createLogger, type LogFormat, silentLogger } from '../src/logger.ts';

function capture(
  options: { format?: LogFormat; level?: 'debug' | 'info' | 'warn'; isTTY?: boolean; secrets?: string[] } = {},
) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line), isTTY: options.isTTY ?? false };
  const { format = 'json', level = 'info', secrets = [] } = options;
  const logger = createLogger({ service: 'test', level, format, destination, secrets });
  return { logger, lines, text: () => lines.join(''), records: () => lines.map((line) => JSON.parse(line)) };
}

describe('logger', () => {
  it('writes one JSON object per line: time, level, service, fields, message', () => {
    const { logger, records, lines } = capture();
    logger.info({ jobId: 'j1', attempt: 2, durationMs: 12.5 }, 'job completed');
    expect(records()).toEqual([
      expect.objectContaining({
        level: 'info',
        service: 'test',
        jobId: 'j1',
        attempt: 2,
        durationMs: 12.5,
        msg: 'job completed',
      }),
    ]);
    expect(records()[0].time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('leaves out what is less important than its level', () => {
    const { logger, records } = capture({ level: 'warn' });
    logger.debug({}, 'a');
    logger.info({}, 'b');
    logger.warn({}, 'c');
    logger.error({}, 'd');
    expect(records().map(({ msg }) => msg)).toEqual(['c', 'd']);
  });

  it('gives the fields of a child to its lines and to its children', () => {
    const { logger, records } = capture();
    logger.child({ jobId: 'j1' }).child({ attempt: 1 }).info({ n: 1 }, 'x');
    expect(records()[0]).toMatchObject({ jobId: 'j1', attempt: 1, n: 1 });
  });

  it('shows an error with its code, its cause and where it was thrown', () => {
    const { logger, records } = capture();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    logger.error({ err: new Error('no database', { cause }) }, 'x');
    expect(records()[0].err).toMatchObject({
      type: 'Error',
      message: 'no database',
      stack: expect.stringContaining('logger.test'),
      cause: { message: 'refused', code: 'ECONNREFUSED' },
    });
  });

  it('shows every error of several', () => {
    const { logger, records } = capture();
    logger.error({ err: new AggregateError([new Error('one'), new Error('two')], 'both') }, 'x');
    expect(records()[0].err.errors.map(({ message }: Error) => message)).toEqual(['one', 'two']);
  });

  it('survives values that are no JSON', () => {
    const { logger, records } = capture();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    logger.info(
      {
        big: 10n,
        circle,
        at: new Date(0),
        never: new Date(Number.NaN),
        bytes: Buffer.from('abc'),
        list: Array(60).fill(1),
      },
      'x',
    );
    const [record] = records();
    expect(record).toMatchObject({ big: '10', at: '1970-01-01T00:00:00.000Z', never: null, bytes: '[3 bytes]' });
    expect(record.list.at(-1)).toBe('… 10 more');
  });

  it('cuts what is very long', () => {
    const { logger, lines } = capture();
    logger.info({ note: 'x'.repeat(1_000_000) }, 'x');
    expect(lines[0]?.length).toBeLessThan(10_000);
  });

  it('can be silent', () => {
    silentLogger.child({ a: 1 }).error({}, 'nobody hears it');
  });
});

describe('what a log may not tell', () => {
  const CANARY = 'canary-0815-4711';
  const secretFields: object[] = [
    { password: CANARY },
    { Password: CANARY },
    { passwordHash: CANARY },
    { token: CANARY },
    { accessToken: CANARY },
    { refresh_token: CANARY },
    { claimToken: CANARY },
    { tokens: [CANARY] },
    { secret: CANARY },
    { jwtSecret: { current: CANARY } },
    { authorization: `Basic ${CANARY}` },
    {
      headers: {
        Authorization: `Basic ${CANARY}`,
        cookie: `session=${CANARY}`,
        'Set-Cookie': [CANARY],
        'x-api-key': CANARY,
      },
    },
    { payload: { to: CANARY } },
    { job: { payload: CANARY } },
    { job: { attempts: [{ result: { text: CANARY } }] } },
    { a: { b: { c: { d: { e: { f: { g: { anything: CANARY } } } } } } } },
    { url: `postgres://app:${CANARY}@db/cloudtask` },
    { urls: [`redis://:${CANARY}@cache`, `amqp://u:${CANARY}/%2f@mq`] },
    { note: `sent Authorization: Bearer ${CANARY} to somebody` },
    { note: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx${CANARY}.${CANARY}` },
    { err: new Error(`cannot reach amqp://user:${CANARY}@mq:5672`) },
    { err: new Error('x', { cause: Object.assign(new Error('y'), { config: { password: CANARY } }) }) },
    {
      err: Object.assign(new Error('x'), {
        input: `amqp://u:p/${CANARY}@mq`,
        request: { headers: { authorization: CANARY } },
      }),
    },
    new Error(`password=? redis://:${CANARY}@cache`),
  ];

  it.each(secretFields.map((fields, index) => [index, fields] as const))('case %i: %o', (_, fields) => {
    for (const format of ['json', 'pretty'] as const) {
      const { logger, text } = capture({ format });
      logger.info(fields, 'fields of a line');
      logger.child(fields).info({}, 'fields of a child');
      expect(text()).not.toContain(CANARY);
      expect(text()).toContain('fields of a child');
    }
  });

  it('a message that quotes the URL of a server', () => {
    const { logger, text } = capture();
    logger.info({}, `connecting to postgres://app:${CANARY}@db:5432/cloudtask`);
    expect(text()).toContain('postgres://app:[redacted]@db:5432/cloudtask');
  });

  it('the secrets it was told, wherever they stand', () => {
    const odd = 'quote"back\\slash-and-more';
    const { logger, text } = capture({ secrets: [CANARY, odd, 'short'] });
    logger
      .child({ [CANARY]: 1 })
      .info({ harmless: `x${CANARY}y`, other: odd, err: new Error(CANARY) }, `all of ${CANARY} is short`);
    expect(text()).not.toContain(CANARY);
    expect(text()).not.toContain('slash-and-more');
    expect(text()).toContain('is short');
  });

  it('but still what tells about secrets, payloads and results', () => {
    const { logger, records } = capture();
    const fields = {
      payloadBytes: 10,
      resultBytes: 20,
      tokenLifeMs: 5,
      hasPassword: true,
      passwords: null,
      results: 3,
      type: 'email.send',
    };
    logger.info(fields, 'x');
    expect(records()[0]).toMatchObject({ ...fields, passwords: null });
  });
});

describe('logs for people', () => {
  it('are chosen on a terminal only, unless told', () => {
    const firstCharacter = (format: LogFormat, isTTY: boolean) => {
      const { logger, lines } = capture({ format, isTTY });
      logger.info({}, 'x');
      return lines[0]?.[0];
    };
    expect(firstCharacter('auto', false)).toBe('{');
    expect(firstCharacter('json', true)).toBe('{');
    expect(firstCharacter('auto', true)).not.toBe('{');
    expect(firstCharacter('pretty', false)).not.toBe('{');
  });

  it('say time, level, message and fields in one line, without colors when it is no terminal', () => {
    const { logger, lines } = capture({ format: 'pretty' });
    logger.warn({ jobId: 'j1', name: 'two words', tags: ['a'] }, 'job failed');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}job failed jobId=j1 name="two words" tags=\["a"\]\n$/);
  });

  it('show an error with its stack and its cause below', () => {
    const { logger, lines } = capture({ format: 'pretty' });
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'x');
    expect(lines[0]).toMatch(/Error: outer\n.*logger\.test[\s\S]*caused by\n {4}Error: inner/);
  });

  it('cannot be forged by line breaks, nor steer the terminal', () => {
    const evil = 'x\n{"level":"info","msg":"forged"}\r\u001b[2J\u009b31m\u2028';
    for (const format of ['json', 'pretty'] as const) {
      const { logger, lines } = capture({ format });
      logger.child({ child: evil }).info({ field: evil, [evil]: 1 }, evil);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(lines[0]).not.toMatch(/[\r\u001b]/);
    }
  });
});
