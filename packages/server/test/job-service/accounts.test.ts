import type { Session, User } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, PASSWORD, problemOf, type TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const register = (body: unknown) => api.call<Session>('POST', '/auth/register', { body });
const login = (email: string, password: string, remoteAddress?: string) =>
  api.call<Session>('POST', '/auth/login', { body: { email, password }, ...(remoteAddress && { remoteAddress }) });

describe('registering', () => {
  it('answers 201 with a token that works at once', async () => {
    const answer = await register({ email: 'Ada@Example.com', password: 'securePassword123' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 3600,
      user: { email: 'Ada@Example.com' },
    });
    expect(answer.body.token).toBe(answer.body.accessToken);
    const me = await api.call<User>('GET', '/auth/me', { token: answer.body.token });
    expect(me.body).toEqual(answer.body.user);
  });

  it('keeps one account per address, however it is typed', async () => {
    await register({ email: 'once@example.com', password: PASSWORD });
    const again = await register({ email: 'ONCE@example.com', password: PASSWORD });
    expect(again.status).toBe(409);
    expect(problemOf(again).code).toBe('EMAIL_TAKEN');
  });

  it.each([
    ['short', 'seven77', 'WEAK_PASSWORD'],
    ['common', 'Password1!', 'WEAK_PASSWORD'],
    ['a keyboard run', 'qwertyuiop', 'WEAK_PASSWORD'],
    ['the product', 'cloudtask2026', 'WEAK_PASSWORD'],
    ['the address', 'weak@example.com', 'WEAK_PASSWORD'],
    ['longer than 1024 bytes', 'é'.repeat(513), 'VALIDATION_FAILED'],
    ['half a surrogate pair', 'abcdefgh\ud800', 'VALIDATION_FAILED'],
  ])('refuses a password that is %s', async (_what, password, code) => {
    const answer = await register({ email: 'weak@example.com', password });
    expect(problemOf(answer).code).toBe(code);
    expect(problemOf(answer).issues).toEqual([expect.objectContaining({ path: '/password' })]);
  });

  it('accepts 64 emoji, and an address up to its limit', async () => {
    expect((await register({ email: 'emoji@example.com', password: '🦊🐼🐨🐯🦁🐮🐷🐸'.repeat(8) })).status).toBe(201);
  });

  it.each([
    '',
    'nobody',
    'a@',
    '@b.de',
    'a b@c.de',
    'a@b@c.de',
    'a..b@c.de',
    'a\u0000@c.de',
    `${'a'.repeat(65)}@c.de`,
    'a@\ud800.de',
  ])('refuses %j as an address', async (email) => {
    expect((await register({ email, password: PASSWORD })).status).toBe(400);
  });
});

describe('signing in', () => {
  it('does not tell an unknown address from a wrong password', async () => {
    await register({ email: 'known@example.com', password: PASSWORD });
    const wrong = await login('known@example.com', 'wrong-password-1');
    const unknown = await login('unknown@example.com', 'wrong-password-1');
    const { requestId: _a, timestamp: _b, ...first } = problemOf(wrong);
    const { requestId: _c, timestamp: _d, ...second } = problemOf(unknown);
    expect(first).toEqual(second);
    expect(wrong.status).toBe(401);
    expect(Object.keys(wrong.headers).sort()).toEqual(Object.keys(unknown.headers).sort());
  });

  it('reads every byte of a long password', async () => {
    const long = 'x1'.repeat(40);
    await register({ email: 'long@example.com', password: `${long}a` });
    expect((await login('long@example.com', `${long}b`)).status).toBe(401);
    expect((await login('long@example.com', `${long}a`)).status).toBe(200);
  });

  it('tells passwords apart that differ after a NUL', async () => {
    await register({ email: 'nul@example.com', password: 'abcd\u0000efghij' });
    expect((await login('nul@example.com', 'abcd\u0000other!!')).status).toBe(401);
    expect((await login('nul@example.com', 'abcd\u0000efghij')).status).toBe(200);
  });

  it('stops guessing of one account from one network, and lets its owner in from another', async () => {
    await register({ email: 'victim@example.com', password: PASSWORD });
    const statuses = [];
    for (let n = 0; n < 12; n += 1) {
      statuses.push((await login('victim@example.com', `guess-number-${n}`, '198.51.100.7')).status);
    }
    expect(statuses).toEqual([...new Array(10).fill(401), 429, 429]);
    const refused = await login('victim@example.com', PASSWORD, '198.51.100.99');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await login('victim@example.com', PASSWORD, '203.0.113.5')).status).toBe(200);
  });

  it('does not believe X-Forwarded-For of strangers', async () => {
    await register({ email: 'forwarded@example.com', password: PASSWORD });
    let last = 0;
    for (let n = 0; n < 12; n += 1) {
      const answer = await api.call('POST', '/auth/login', {
        body: { email: 'forwarded@example.com', password: 'wrong-password-1' },
        headers: { 'x-forwarded-for': `203.0.113.${n}` },
        remoteAddress: '192.0.2.1',
      });
      last = answer.status;
    }
    expect(last).toBe(429);
  });
});

describe('sessions', () => {
  it('a refresh token works once', async () => {
    const session = await api.register();
    const refreshed = await api.call<Session>('POST', '/auth/refresh', {
      body: { refreshToken: session.refreshToken },
    });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.refreshToken).not.toBe(session.refreshToken);
    expect((await api.call('GET', '/auth/me', { token: refreshed.body.token })).status).toBe(200);
  });

  it('a refresh token that comes again ends its session', async () => {
    const session = await api.register();
    const refresh = (refreshToken: string) => api.call<Session>('POST', '/auth/refresh', { body: { refreshToken } });
    const next = (await refresh(session.refreshToken)).body.refreshToken;
    expect(problemOf(await refresh(session.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
    expect((await refresh(next)).status).toBe(401);
  });

  it('of two refreshes at the same moment one wins', async () => {
    const { refreshToken } = await api.register();
    const answers = await Promise.all(
      [1, 2, 3].map(() => api.call('POST', '/auth/refresh', { body: { refreshToken } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  });

  it('logout ends the token, its siblings and the refresh token at once', async () => {
    const session = await api.register();
    const sibling = await api.call<Session>('POST', '/auth/refresh', { body: { refreshToken: session.refreshToken } });
    expect((await api.call('GET', '/auth/me', { token: sibling.body.token })).status).toBe(200);
    expect((await api.call('POST', '/auth/logout', { token: session.token })).status).toBe(204);
    for (const { token } of [session, sibling.body]) {
      expect(problemOf(await api.call('GET', '/auth/me', { token })).code).toBe('TOKEN_REVOKED');
    }
    const refreshed = await api.call('POST', '/auth/refresh', { body: { refreshToken: sibling.body.refreshToken } });
    expect(refreshed.status).toBe(401);
  });

  it('a revoked token stays refused by a new process', async () => {
    const session = await api.register();
    await api.call('POST', '/auth/logout', { token: session.token });
    const other = await openTestApi({ database: api.database });
    expect((await other.call('GET', '/auth/me', { token: session.token })).status).toBe(401);
    await other.close();
  });

  it('other sessions of the same account go on', async () => {
    await register({ email: 'two@example.com', password: PASSWORD });
    const [first, second] = [await login('two@example.com', PASSWORD), await login('two@example.com', PASSWORD)];
    await api.call('POST', '/auth/logout', { token: first.body.token });
    expect((await api.call('GET', '/auth/me', { token: second.body.token })).status).toBe(200);
  });
});

describe('stored hashes', () => {
  it('are renewed at login when the cost was raised or a pepper was set', async () => {
    await register({ email: 'rehash@example.com', password: PASSWORD });
    const stored = async () => {
      const [row] = await api.database.query<{ hash: string }>(
        {
          name: 'stored_hash',
          text: `select password_hash as hash from cloudtask.users where email_key = 'rehash@example.com'`,
        },
        [],
      );
      return row?.hash ?? '';
    };
    expect(await stored()).toMatch(/^s1\$2b\$04\$/);
    const body = { email: 'rehash@example.com', password: PASSWORD };
    for (const [settings, form] of [
      [{ bcryptCost: 5 }, /^s1\$2b\$05\$/],
      [{ bcryptCost: 5, passwordPepper: 'p'.repeat(40) }, /^h1\$2b\$05\$/],
    ] as const) {
      const later = await openTestApi({ database: api.database, settings });
      for (let n = 0; n < 2; n += 1) {
        expect((await later.call('POST', '/auth/login', { body })).status).toBe(200);
        expect(await stored()).toMatch(form);
      }
      await later.close();
    }
    // Whoever has the hashes but not the pepper can guess nothing.
    expect((await api.call('POST', '/auth/login', { body, remoteAddress: '192.0.2.77' })).status).toBe(401);
  });
});
