import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
});
afterAll(() => api.close());

const json = { 'content-type': 'application/json' };
const send = (raw: string | Buffer, headers: Record<string, string> = json) =>
  api.call('POST', '/jobs', { token, raw, headers });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const payload = (text: string) => `{"type":"test","payload":${text}}`;

describe('requests that are not valid', () => {
  it.each([
    ['no body', '', 400, 'VALIDATION_FAILED', ''],
    ['no JSON', '{', 400, 'INVALID_JSON', undefined],
    ['an array', '[]', 400, 'VALIDATION_FAILED', ''],
    ['null', 'null', 400, 'VALIDATION_FAILED', ''],
    ['no type', '{}', 400, 'VALIDATION_FAILED', '/type'],
    ['a type that is null', '{"type":null}', 400, 'VALIDATION_FAILED', '/type'],
    ['a type that is a number', '{"type":1}', 400, 'VALIDATION_FAILED', '/type'],
    ['a type like a path', '{"type":"../x"}', 400, 'VALIDATION_FAILED', '/type'],
    ['an empty type', '{"type":""}', 400, 'VALIDATION_FAILED', '/type'],
    ['a type of 101 letters', `{"type":"${'a'.repeat(101)}"}`, 400, 'VALIDATION_FAILED', '/type'],
    ['a queue with a colon', '{"type":"test","queue":"mail:5"}', 400, 'VALIDATION_FAILED', '/queue'],
    ['an unknown member', '{"type":"test","status":"COMPLETED"}', 400, 'VALIDATION_FAILED', '/status'],
    ['a foreign owner', '{"type":"test","userId":"x"}', 400, 'VALIDATION_FAILED', '/userId'],
    ['a prototype', '{"type":"test","payload":{"__proto__":{"a":1}}}', 400, 'INVALID_JSON', undefined],
    ['a priority above 9', '{"type":"test","priority":10}', 400, 'VALIDATION_FAILED', '/priority'],
    ['a priority as text', '{"type":"test","priority":"5"}', 400, 'VALIDATION_FAILED', '/priority'],
    ['a priority with a fraction', '{"type":"test","priority":1.5}', 400, 'VALIDATION_FAILED', '/priority'],
    ['no attempts', '{"type":"test","maxAttempts":0}', 400, 'VALIDATION_FAILED', '/maxAttempts'],
    ['a duration without a unit', '{"type":"test","delay":"5"}', 400, 'VALIDATION_FAILED', '/delay'],
    ['a negative duration', '{"type":"test","delay":-1}', 400, 'VALIDATION_FAILED', '/delay'],
    ['a duration of a century', '{"type":"test","delay":3155760000000}', 400, 'VALIDATION_FAILED', '/delay'],
    ['a duration of a century in days', '{"type":"test","delay":"36500d"}', 400, 'VALIDATION_FAILED', '/delay'],
    ['a timeout of a month', '{"type":"test","timeout":"30d"}', 400, 'VALIDATION_FAILED', '/timeout'],
    [
      'a backoff of no kind',
      '{"type":"test","backoff":{"kind":"x","delay":1}}',
      400,
      'VALIDATION_FAILED',
      '/backoff/kind',
    ],
    ['delay and runAt', '{"type":"test","delay":1,"runAt":"2026-01-01T00:00:00Z"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['a time without a zone', '{"type":"test","runAt":"2026-01-01T00:00:00"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['30 February', '{"type":"test","runAt":"2026-02-30T00:00:00Z"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['infinity', '{"type":"test","runAt":"infinity"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['tomorrow', '{"type":"test","runAt":"tomorrow"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['a far year', '{"type":"test","runAt":"9999-01-01T00:00:00Z"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['a year of five digits', '{"type":"test","runAt":"+12345-01-01T00:00:00Z"}', 400, 'VALIDATION_FAILED', '/runAt'],
    ['21 tags', `{"type":"test","tags":${JSON.stringify(new Array(21).fill('t'))}}`, 400, 'VALIDATION_FAILED', '/tags'],
    ['an empty tag', '{"type":"test","tags":[""]}', 400, 'VALIDATION_FAILED', '/tags/0'],
    ['metadata that is a list', '{"type":"test","metadata":[]}', 400, 'VALIDATION_FAILED', '/metadata'],
  ])('%s', async (_what, raw, status, code, path) => {
    const answer = await send(raw);
    expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
    if (path !== undefined) expect(problemOf(answer).issues.map((issue) => issue.path)).toContain(path);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe('values that could not be kept as they are', () => {
  it.each([
    ['a NUL', payload('{"a":["x\\u0000y"]}'), '/payload/a/0'],
    ['a NUL in a name', payload('{"a\\u0000":1}'), '/payload/a\u0000'],
    ['half a surrogate pair', payload('{"a~b":{"c/d":"\\ud83d"}}'), '/payload/a~0b/c~1d'],
    ['half a pair in a name', payload('{"\\udc00":1}'), '/payload/\udc00'],
    ['33 levels', payload(nested(33)), `/payload${'/0'.repeat(32)}`],
    ['a hundred thousand levels', payload(nested(100_000)), `/payload${'/0'.repeat(32)}`],
    [
      '10,001 members',
      payload(JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [n, n])))),
      '/payload',
    ],
    ['a number of 16 digits that changes', payload('{"n":9007199254740993}'), '/payload/n'],
    ['a number of 20 digits', payload('[1,12345678901234567891]'), '/payload/1'],
    ['a number beyond a double', payload('1e400'), '/payload'],
    ['a number below a double', payload('1e-400'), '/payload'],
    ['too many decimals', payload('3.14159265358979323846'), '/payload'],
    ['a NUL in a tag', '{"type":"test","tags":["a\\u0000"]}', '/tags/0'],
    ['a NUL in metadata', '{"type":"test","metadata":{"a":"\\u0000"}}', '/metadata/a'],
  ])('%s', async (_what, raw, path) => {
    const answer = await send(raw);
    expect([answer.status, problemOf(answer).code]).toEqual([422, 'UNSTORABLE_VALUE']);
    expect(problemOf(answer).issues).toEqual([{ path, message: expect.any(String) }]);
  });

  it.each([
    payload(nested(32)),
    payload('9007199254740992'),
    payload('0.10000000000000001'),
    payload('0.30000000000000004'),
    payload('1e300'),
    payload('10000000000000000000000'),
    payload('-0'),
    payload('"12345678901234567890 1e400"'),
    payload('{"constructor":1,"toString":2}'),
    payload('"a\\\\u0000b"'),
  ])('%s is accepted', async (raw) => {
    expect((await send(raw)).status).toBe(201);
  });
});

describe('what is too large', () => {
  it('a payload, with both sizes named', async () => {
    const answer = await send(payload(JSON.stringify('é'.repeat(131_072))));
    expect([answer.status, problemOf(answer).code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(problemOf(answer).detail).toContain('262146');
    expect(problemOf(answer).detail).toContain('262144');
    expect((await send(payload(JSON.stringify('é'.repeat(131_071))))).status).toBe(201);
  });

  it('metadata', async () => {
    const answer = await send(`{"type":"test","metadata":{"a":"${'x'.repeat(17_000)}"}}`);
    expect(answer.status).toBe(413);
  });

  it('a body, with both sizes named', async () => {
    const answer = await send(payload(`"${'x'.repeat(1_100_000)}"`));
    expect([answer.status, problemOf(answer).code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(problemOf(answer).detail).toContain('1048576');
  });
});

describe('bodies that are not read', () => {
  it.each([
    ['form data', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'content-type': 'text/plain' }],
    ['nothing said', {}],
    ['a media type behind a tab', { 'content-type': '\tapplication/json2' }],
    ['a suffix', { 'content-type': 'application/json-patch+json' }],
  ])('%s', async (_what, headers) => {
    const answer = await send('{"type":"test"}', headers as Record<string, string>);
    expect([answer.status, problemOf(answer).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('a character set is ignored, a blank before the media type does not open a hole', async () => {
    expect((await send('{"type":"test"}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201);
    expect((await send('{"type":1}', { 'content-type': ' application/json' })).status).toBe(400);
  });

  it('text that is not UTF-8', async () => {
    const answer = await send(
      Buffer.concat([Buffer.from('{"type":"test","payload":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    );
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'INVALID_JSON']);
  });

  it('an answer never repeats what was sent as JSON', async () => {
    const answer = await send('{"password":"hunter2hunter2" oops');
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('hunter2');
  });
});

describe('query strings', () => {
  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'limit=',
    'status=DONE',
    'nonsense=1',
    '__proto__=1',
    'order=up',
    'since=yesterday',
    'type=a%00b',
    'q=%00',
    'ref=zz',
    'fields=id,secret',
    'cursor=abc',
  ])('%s is refused', async (query) => {
    const answer = await api.call('GET', `/jobs?${query}`, { token });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/problem/);
  });

  it.each(['%00', 'x', '..%2f', "'", '00000000-0000-0000-0000-00000000000g'])('the id %s is not found', async (id) => {
    const answer = await api.call('GET', `/jobs/${id}`, { token });
    expect([answer.status, problemOf(answer).code]).toEqual([404, 'JOB_NOT_FOUND']);
  });

  it('an address that is not encoded correctly is a problem too', async () => {
    const answer = await api.call('GET', '/jobs/%E0%A4%A', { token });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'BAD_REQUEST']);
  });
});
