import type { NewApiToken, Session } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApi, PASSWORD, problemOf, type TestApi } from './api.ts';

const NEW_PASSWORD = 'another-horse-43';
let nowMs = Date.now();
let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ clock: { now: () => nowMs } });
});
afterAll(() => api.close());

const change = (token: string, body: object, remoteAddress = '192.0.2.1') =>
  api.call<Session>('POST', '/auth/password', { token, body, remoteAddress });
const usual = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
const login = (email: string, password: string) =>
  api.call<Session>('POST', '/auth/login', { body: { email, password } });
const refresh = (refreshToken: string) => api.call<Session>('POST', '/auth/refresh', { body: { refreshToken } });
const me = async (token: string) => (await api.call('GET', '/auth/me', { token })).status;

it('ends every session at once and begins a new one', async () => {
  const here = await api.register();
  const elsewhere = (await login(here.user.email, PASSWORD)).body;
  expect([await me(here.token), await me(elsewhere.token)]).toEqual([200, 200]);
  const changed = await change(here.token, usual);
  expect(changed.status).toBe(200);
  expect(changed.body.user).toEqual(here.user);
  for (const { token, refreshToken } of [here, elsewhere]) {
    expect(problemOf(await api.call('GET', '/auth/me', { token })).code).toBe('TOKEN_REVOKED');
    expect(problemOf(await refresh(refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
  }
  expect(await me(changed.body.token)).toBe(200);
  const next = await refresh(changed.body.refreshToken);
  expect([next.status, await me(next.body.token)]).toEqual([200, 200]);
  expect((await login(here.user.email, PASSWORD)).status).toBe(401);
  expect((await login(here.user.email, NEW_PASSWORD)).status).toBe(200);
});

it('leaves API tokens alone', async () => {
  const session = await api.register();
  const body = { name: 'x', scopes: ['jobs:read'] };
  const { token } = (await api.call<NewApiToken>('POST', '/auth/tokens', { token: session.token, body })).body;
  expect(await me(token)).toBe(200);
  await change(session.token, usual);
  expect(await me(token)).toBe(200);
});

it('is known to other processes within 5 s', async () => {
  const session = await api.register();
  const other = await openTestApi({ database: api.database, clock: { now: () => nowMs } });
  const ask = async () => (await other.call('GET', '/auth/me', { token: session.token })).status;
  expect(await ask()).toBe(200);
  await change(session.token, usual);
  nowMs += 5_000;
  expect(await ask()).toBe(401);
  await other.close();
});

it('needs the current password, and counts wrong ones like logins', async () => {
  const session = await api.register();
  for (let n = 0; n < 10; n += 1) {
    const answer = await change(session.token, { ...usual, currentPassword: `wrong-guess-${n}` });
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'WRONG_PASSWORD']);
  }
  expect((await change(session.token, usual)).status).toBe(429);
  const body = { email: session.user.email, password: PASSWORD };
  expect((await api.call('POST', '/auth/login', { body, remoteAddress: '192.0.2.1' })).status).toBe(429);
  expect(await me(session.token)).toBe(200);
  expect((await change(session.token, usual, '203.0.113.5')).status).toBe(200);
});

it.each([
  ['short', 'seven77', 'WEAK_PASSWORD', '/newPassword'],
  ['common', 'Password1!', 'WEAK_PASSWORD', '/newPassword'],
  ['not well-formed', 'abcdefgh\ud800', 'VALIDATION_FAILED', '/newPassword'],
  ['too long', 'é'.repeat(600), 'VALIDATION_FAILED', '/newPassword'],
])('refuses a new password that is %s', async (_what, newPassword, code, path) => {
  const { token } = await api.register();
  const answer = await change(token, { ...usual, newPassword });
  expect(problemOf(answer)).toMatchObject({ code, issues: [{ path }] });
  expect(await me(token)).toBe(200);
});

it('of two changes at the same moment one wins, and only its session lives', async () => {
  const { token } = await api.register();
  const answers = await Promise.all(
    ['first-new-horse-1', 'second-new-horse-2'].map((newPassword) => change(token, { ...usual, newPassword })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  const [won] = answers.filter(({ status }) => status === 200);
  expect(await me(won?.body.token ?? '')).toBe(200);
  expect(await me(token)).toBe(401);
});

it('a refresh that meets the change yields no session that outlives it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const session = await api.register();
    const [changed, refreshed] = await Promise.all([change(session.token, usual), refresh(session.refreshToken)]);
    expect(changed.status).toBe(200);
    nowMs += 5_000;
    if (refreshed.status !== 200) continue;
    expect(await me(refreshed.body.token)).toBe(401);
    expect((await refresh(refreshed.body.refreshToken)).status).toBe(401);
  }
});
