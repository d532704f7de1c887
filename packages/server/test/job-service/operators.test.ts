import type { Session, User } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setOperator } from '../../src/store/accounts.ts';
import { openTestApi, PASSWORD, problemOf, type TestApi } from './api.ts';

let nowMs = Date.now();
let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ clock: { now: () => nowMs }, settings: { operators: ['Ops@Example.com'] } });
});
afterAll(() => api.close());

const register = async (email: string) =>
  (await api.call<Session>('POST', '/auth/register', { body: { email, password: PASSWORD } })).body;
const workers = (token: string) => api.call('GET', '/workers', { token });
const me = async (token: string) => (await api.call<User>('GET', '/auth/me', { token })).body;

it('on a database of its own the first account is an operator, and no later one', async () => {
  const [one, two] = [await register('one@example.com'), await register('two@example.com')];
  expect([one.user.isOperator, two.user.isOperator]).toEqual([true, false]);
  expect([(await me(one.token)).isOperator, (await me(two.token)).isOperator]).toEqual([true, false]);
  expect([(await workers(one.token)).status, (await workers(two.token)).status]).toEqual([200, 403]);
});

it('an address that the settings name is an operator, however it is typed', async () => {
  const { token, user } = await register('ops@example.com');
  expect(user.isOperator).toBe(true);
  expect((await workers(token)).status).toBe(200);
  const unnamed = await openTestApi({ database: api.database, clock: { now: () => nowMs } });
  expect(problemOf(await unnamed.call('GET', '/workers', { token })).code).toBe('OPERATOR_REQUIRED');
  await unnamed.close();
});

it('a grant and its end count within 5 s, without a new login', async () => {
  const { token, user } = await register('granted@example.com');
  expect((await workers(token)).status).toBe(403);
  expect(await setOperator(api.database, { email: 'GRANTED@example.com', isOperator: true })).toBe(true);
  nowMs += 5_000;
  expect((await workers(token)).status).toBe(200);
  expect((await me(token)).isOperator).toBe(true);
  await setOperator(api.database, { email: user.email, isOperator: false });
  nowMs += 5_000;
  expect((await workers(token)).status).toBe(403);
});

it('an address without an account cannot be granted anything', async () => {
  expect(await setOperator(api.database, { email: 'nobody@example.com', isOperator: true })).toBe(false);
});
