import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApi, PASSWORD, problemOf, type TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  // A hash takes long enough that the others have to wait.
  api = await openTestApi({ settings: { bcryptCost: 9 } });
});
afterAll(() => api.close());

it('a flood of logins is refused beyond a short waiting list, and leaves a core for everybody else', async () => {
  const { token } = await api.register('somebody');
  const logins = Array.from({ length: 200 }, (_, n) =>
    api.call('POST', '/auth/login', {
      body: { email: `flood${n}@example.com`, password: PASSWORD },
      remoteAddress: `10.0.${n}.1`,
    }),
  );
  expect((await api.call('GET', '/jobs', { token })).status).toBe(200);
  const answers = await Promise.all(logins);
  const served = Math.max(1, availableParallelism() - 1) + 32;
  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(served);
  expect(refused.length).toBeGreaterThan(0);
  expect(
    refused.every((answer) => problemOf(answer).code === 'OVERLOADED' && answer.headers['retry-after'] === '2'),
  ).toBe(true);
});

it('a login that was refused because of the flood is not counted against its account', async () => {
  const body = { email: 'somebody@example.com', password: 'wrong-password-1' };
  const statuses: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const flood = Array.from({ length: 60 }, (_, n) =>
      api.call('POST', '/auth/login', {
        body: { email: `again${round}-${n}@example.com`, password: PASSWORD },
        remoteAddress: `10.${round + 1}.${n}.1`,
      }),
    );
    const own = await Promise.all(Array.from({ length: 3 }, () => api.call('POST', '/auth/login', { body })));
    statuses.push(...own.map(({ status }) => status));
    await Promise.all(flood);
  }
  expect(statuses).toContain(503);
  expect(statuses).not.toContain(429);
});
