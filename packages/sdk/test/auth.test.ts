import { expect, test } from 'vitest';
import { AuthenticationError } from '../src/errors.ts';
import { aJob, answer, aSession, type Play, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const JOB = `GET /jobs/${aJob().id}`;
const onlyFor =
  (...tokens: string[]): Play =>
  ({ headers }, response) =>
    tokens.some((token) => headers.authorization === `Bearer ${token}`)
      ? answer(response, 200, aJob())
      : problem(response, 401, 'TOKEN_INVALID');

test('login signs the client in for its later calls', async () => {
  const { ct, server } = await withServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('t1')),
    [JOB]: onlyFor('t1'),
  });
  const session = await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
  expect(session.user.email).toBe('ada@example.com');
  await ct.jobs.get(aJob().id);
  expect(server.to('POST /auth/login')[0]?.headers.authorization).toBeUndefined();
});

test('a refused token is renewed once, however many calls it hits', async () => {
  const { ct, server } = await withServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('old')),
    'POST /auth/refresh': (seen, response) => {
      expect(seen.json()).toEqual({ refreshToken: 'refresh-of-old' });
      setTimeout(() => answer(response, 200, aSession('new')), 50);
    },
    [JOB]: onlyFor('new'),
  });
  await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
  await Promise.all(Array.from({ length: 5 }, () => ct.jobs.get(aJob().id)));
  expect(server.to('POST /auth/refresh')).toHaveLength(1);
});

test('a token that is about to expire is renewed before it is used', async () => {
  const { ct, server } = await withServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('short', 20)),
    'POST /auth/refresh': (_, response) => answer(response, 200, aSession('new')),
    [JOB]: onlyFor('new'),
  });
  await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
  await ct.jobs.get(aJob().id);
  expect(server.to(JOB)).toHaveLength(1);
});

test('a renewed token that is refused too ends the call: no loop', async () => {
  const { ct, server } = await withServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('a')),
    'POST /auth/refresh': (_, response, nth) => answer(response, 200, aSession(`b${nth}`)),
    [JOB]: onlyFor('never'),
  });
  await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
  await expect(ct.jobs.get(aJob().id)).rejects.toBeInstanceOf(AuthenticationError);
  expect(server.to(JOB)).toHaveLength(2);
});

test('an account as `auth` signs in by itself, and again when its refresh token is over', async () => {
  let token = 'first';
  const { ct, server } = await withServer(
    {
      'POST /auth/login': (_, response) => answer(response, 200, aSession(token)),
      'POST /auth/refresh': (_, response) => problem(response, 401, 'REFRESH_TOKEN_INVALID'),
      [JOB]: ({ headers }, response) =>
        headers.authorization === `Bearer ${token}`
          ? answer(response, 200, aJob())
          : problem(response, 401, 'TOKEN_INVALID'),
    },
    { auth: { email: 'ada@example.com', password: async () => 'correct horse' } },
  );
  await ct.jobs.get(aJob().id);
  token = 'second';
  await ct.jobs.get(aJob().id);
  expect(server.to('POST /auth/login')).toHaveLength(2);
});

test('a plain token that is refused is simply refused', async () => {
  const { ct, server } = await withServer({ [JOB]: onlyFor('other') });
  await expect(ct.jobs.get(aJob().id)).rejects.toBeInstanceOf(AuthenticationError);
  expect(server.to(JOB)).toHaveLength(1);
});

test('logout forgets the session', async () => {
  const { ct, server } = await withServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('t1')),
    'POST /auth/logout': (_, response) => void response.writeHead(204).end(),
    [JOB]: onlyFor('t1'),
  });
  await ct.auth.login({ email: 'ada@example.com', password: 'correct horse' });
  await ct.auth.logout();
  expect(server.to('POST /auth/logout')[0]?.headers.authorization).toBe('Bearer t1');
  await expect(ct.jobs.get(aJob().id)).rejects.toBeInstanceOf(AuthenticationError);
});

test('a provider hears once of a token that is refused when it has no other, however many calls it hits', async () => {
  let asked = 0;
  let unauthorized = 0;
  const { ct } = await withServer(
    { [JOB]: onlyFor('never') },
    {
      auth: {
        getToken: async ({ forceRefresh }) => (forceRefresh ? null : { token: `t${++asked}` }),
        onUnauthorized: () => unauthorized++,
      },
    },
  );
  const calls = await Promise.all(Array.from({ length: 5 }, () => ct.jobs.get(aJob().id).safe()));
  expect(calls.every(({ error }) => error instanceof AuthenticationError)).toBe(true);
  expect(unauthorized).toBe(1);
});

test('a provider hears of it too when the renewed token is refused, and not when that one is taken', async () => {
  let unauthorized = 0;
  const tokens = ['a', 'b', 'c', 'd'];
  const auth = { getToken: async () => ({ token: tokens.shift() ?? 'e' }), onUnauthorized: () => unauthorized++ };
  const { ct } = await withServer({ [JOB]: onlyFor('b') }, { auth });
  await ct.jobs.get(aJob().id);
  expect(unauthorized).toBe(0);
  const refused = await withServer({ [JOB]: onlyFor('never') }, { auth });
  await expect(refused.ct.jobs.get(aJob().id)).rejects.toThrow(AuthenticationError);
  expect(unauthorized).toBe(1);
});
