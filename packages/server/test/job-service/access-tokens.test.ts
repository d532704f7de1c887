import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';

const SECRET = 'a-secret-of-the-tests-with-more-than-32-bytes';
const OLD_SECRET = 'the-secret-before-it-with-more-than-32-bytes!';

let nowMs = Date.now();
let api: TestApi;
let token: string;
beforeAll(async () => {
  const clock = { now: () => nowMs };
  api = await openTestApi({ clock, settings: { jwtSecret: SECRET, jwtPreviousSecret: OLD_SECRET } });
  token = (await api.register()).token;
});
afterAll(() => api.close());

const ask = (given: string) => api.call('GET', '/auth/me', { headers: { authorization: `Bearer ${given}` } });
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const sign = (content: string, secret = SECRET, hash = 'sha256') =>
  createHmac(hash, secret).update(content).digest('base64url');

function parts() {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header, claims, signature, head: read(header), body: read(claims) };
}

/** A token signed with the right secret, whose content is another. */
function forge(change: { head?: object; body?: object | string; secret?: string; hash?: string }): string {
  const { head, body } = parts();
  const claims = typeof change.body === 'string' ? change.body : { ...body, ...change.body };
  const content = `${encode({ ...head, ...change.head })}.${encode(claims)}`;
  return `${content}.${sign(content, change.secret, change.hash)}`;
}

describe('tokens that are refused', () => {
  const now = () => Math.floor(nowMs / 1000);
  const cases: [string, () => string][] = [
    ['no algorithm', () => `${encode({ ...parts().head, alg: 'none' })}.${parts().claims}.`],
    ['no algorithm, with a signature', () => forge({ head: { alg: 'none' } })],
    ['an algorithm in strange case', () => forge({ head: { alg: 'nOnE' } })],
    ['another HMAC', () => forge({ head: { alg: 'HS512' }, hash: 'sha512' })],
    ['another kind of key', () => forge({ head: { alg: 'RS256' } })],
    ['another secret', () => forge({ secret: 'another-secret-with-more-than-32-bytes-in-it' })],
    ['the secret with a blank before it', () => forge({ secret: ` ${SECRET}` })],
    ['an empty secret', () => forge({ secret: '' })],
    ['no key id', () => forge({ head: { kid: undefined } })],
    ['an unknown key id', () => forge({ head: { kid: '../../dev/null' } })],
    ['SQL as key id', () => forge({ head: { kid: "' or 1=1 --" } })],
    ['another type', () => forge({ head: { typ: 'JWT' } })],
    ['no type', () => forge({ head: { typ: undefined } })],
    ['an unknown critical header', () => forge({ head: { crit: ['exp2'], exp2: 1 } })],
    ['another issuer', () => forge({ body: { iss: 'somebody' } })],
    ['another audience', () => forge({ body: { aud: 'somebody' } })],
    ['no expiry', () => forge({ body: { exp: undefined } })],
    ['expiry as text', () => forge({ body: { exp: String(now() + 100) } })],
    ['expiry that is no whole number', () => forge({ body: { exp: now() + 100.5 } })],
    ['issued too far in the future', () => forge({ body: { iat: now() + 31 } })],
    ['not good before later', () => forge({ body: { nbf: now() + 31 } })],
    ['no subject', () => forge({ body: { sub: undefined } })],
    ['a subject that is no id', () => forge({ body: { sub: 'admin' } })],
    ['no token id', () => forge({ body: { jti: undefined } })],
    ['no session', () => forge({ body: { sid: undefined } })],
    ['a version that is text', () => forge({ body: { ver: '0' } })],
    ['another version', () => forge({ body: { ver: 1 } })],
    ['a subject without an account', () => forge({ body: { sub: randomUUID() } })],
    ['a claim that occurs twice', () => forge({ body: JSON.stringify(parts().body).replace('{', '{"sub":"x",') })],
    [
      'a number beyond JavaScript',
      () => forge({ body: JSON.stringify(parts().body).replace(/"exp":\d+/, '"exp":1e400') }),
    ],
    ['claims that are no JSON', () => forge({ body: 'hello' })],
    ['no signature', () => `${parts().header}.${parts().claims}.`],
    ['two parts', () => `${parts().header}.${parts().claims}`],
    ['five parts', () => `${token}.a.b`],
    ['padding', () => `${token}=`],
    ['the same signature spelled otherwise', () => `${token.slice(0, -1)}${nextLetter(token.at(-1) ?? '')}`],
    ['a changed signature', () => `${token.slice(0, -4)}AAAA`],
    ['a megabyte', () => `${parts().header}.${'A'.repeat(8_000)}.${parts().signature}`],
    ['nothing at all', () => '.'],
  ];

  it.each(cases)('%s', async (_what, make) => {
    const answer = await ask(make());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(problemOf(answer).code).toMatch(/^(INVALID_TOKEN|TOKEN_REVOKED|UNAUTHENTICATED)$/);
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'bearer', 'Token x'])(
    'the header %j',
    async (authorization) => {
      const answer = await api.call('GET', '/jobs', { headers: authorization === undefined ? {} : { authorization } });
      expect(answer.status).toBe(401);
      expect(problemOf(answer).code).toBe('UNAUTHENTICATED');
    },
  );

  /** The last letter of 32 bytes holds four bits; its other two mean nothing. */
  function nextLetter(letter: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return alphabet[alphabet.indexOf(letter) ^ 1] ?? '';
  }
});

describe('tokens that are accepted', () => {
  it('the one that was issued, and one made like it', async () => {
    expect((await ask(token)).status).toBe(200);
    expect((await ask(forge({}))).status).toBe(200);
  });

  it('one that a replica issued whose clock is a little ahead', async () => {
    const ahead = Math.floor(nowMs / 1000) + 29;
    expect((await ask(forge({ body: { iat: ahead, nbf: ahead } }))).status).toBe(200);
  });

  it('those of the secret before, until they expire', async () => {
    const before = await openTestApi({
      database: api.database,
      clock: { now: () => nowMs },
      settings: { jwtSecret: OLD_SECRET },
    });
    const old = (await before.register('old')).token;
    await before.close();
    expect((await ask(old)).status).toBe(200);
  });
});

describe('with time', () => {
  it('a token ends when it was promised to, also when it has just been used', async () => {
    const session = await api.register('later');
    expect((await ask(session.token)).status).toBe(200);
    nowMs += 3_599_000 - (nowMs % 1000);
    expect((await ask(session.token)).status).toBe(200);
    nowMs += 1_000;
    expect(problemOf(await ask(session.token)).code).toBe('TOKEN_EXPIRED');
  });

  it('raising the version of an account ends its tokens within 5 s', async () => {
    const session = await api.register('raised');
    expect((await ask(session.token)).status).toBe(200);
    await api.database.query(
      { name: 'raise', text: 'update cloudtask.users set token_version = token_version + 1 where id = $1' },
      [session.user.id],
    );
    nowMs += 5_001;
    expect(problemOf(await ask(session.token)).code).toBe('TOKEN_REVOKED');
  });
});
