import type { Database } from '@cloudtask/core/database/database';
import type { ApiToken, NewApiToken, Session } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { setOperator } from '../../src/store/accounts.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

/** What API tokens can do, on any database. `open` is called once; what it answers is closed by its owner. */
export function apiTokenConformance(name: string, open: () => Promise<Database>): void {
  describe(`API tokens on ${name}`, () => {
    let nowMs = Date.now();
    let api: TestApi;
    let first: Session;
    beforeAll(async () => {
      api = await openTestApi({ database: await open(), clock: { now: () => nowMs } });
      first = await api.register();
      await setOperator(api.database, { email: first.user.email, isOperator: true });
    });
    afterAll(() => api.close());

    const make = (session: string, body: object) =>
      api.call<NewApiToken>('POST', '/auth/tokens', { token: session, body });
    const list = async (session: string) =>
      (await api.call<ApiToken[]>('GET', '/auth/tokens', { token: session })).body;
    const remove = (session: string, id: string) => api.call('DELETE', `/auth/tokens/${id}`, { token: session });
    const statusOf = async (token: string) => (await api.call('GET', '/jobs', { token })).status;
    async function expireTokensOf(userId: string): Promise<void> {
      const text = `update cloudtask.api_tokens set expires_at = cloudtask.clock() - interval '1 ms' where user_id = $1`;
      await api.database.query({ name: 'expire_tokens', text }, [userId]);
    }

    describe('making an API token', () => {
      it('shows it once and stores only its hash', async () => {
        const { token: session } = await api.register();
        const answer = await make(session, { name: 'ci', scopes: ['jobs:read', 'jobs:read'], expiresIn: '1d' });
        expect(answer.status).toBe(201);
        const { token, ...shown } = answer.body;
        expect(token).toMatch(/^ctt_[\w-]{43}$/);
        expect(shown).toEqual({
          id: expect.any(String),
          name: 'ci',
          hint: token.slice(0, 10),
          scopes: ['jobs:read'],
          createdAt: expect.any(String),
          expiresAt: expect.any(String),
          lastUsedAt: null,
        });
        expect(Date.parse(shown.expiresAt ?? '') - Date.parse(shown.createdAt)).toBe(86_400_000);
        expect(answer.headers['location']).toBe(`/auth/tokens/${shown.id}`);
        expect(await list(session)).toEqual([shown]);
        const rows = await api.database.query({ name: 'all_tokens', text: 'select * from cloudtask.api_tokens' }, []);
        expect(JSON.stringify(rows)).not.toContain(token.slice(10));
      });

      it('takes a name once per account', async () => {
        const [{ token: one }, { token: other }] = [await api.register(), await api.register()];
        const body = { name: 'same', scopes: ['jobs:read'] };
        expect((await make(one, body)).status).toBe(201);
        const again = await make(one, body);
        expect([again.status, problemOf(again).code]).toEqual([409, 'TOKEN_EXISTS']);
        expect((await make(other, body)).status).toBe(201);
      });

      it('gives the scope operator to operators only', async () => {
        const body = { name: 'ops', scopes: ['operator'] };
        expect((await make(first.token, body)).status).toBe(201);
        const refused = await make((await api.register()).token, body);
        expect([refused.status, problemOf(refused).code]).toEqual([403, 'OPERATOR_REQUIRED']);
      });

      it('gives the name of a token that has expired to the next', async () => {
        const { token: session, user } = await api.register();
        const body = { name: 'nightly', scopes: ['jobs:read'] };
        const old = (await make(session, body)).body;
        await expireTokensOf(user.id);
        const { token } = (await make(session, body)).body;
        expect([await statusOf(old.token), await statusOf(token)]).toEqual([401, 200]);
        expect(await list(session)).toHaveLength(1);
        expect((await make(session, body)).status).toBe(409);
      });

      it('ends at 200 of one account that have not expired', async () => {
        const { token, user } = await api.register();
        await api.database.query(
          {
            name: 'many_tokens',
            text: `insert into cloudtask.api_tokens (id, user_id, name, token_hash, hint, scopes, created_at)
               select gen_random_uuid(), $1, 'n' || n, gen_random_uuid()::text, '', '{}', now() from generate_series(1, 199) n`,
          },
          [user.id],
        );
        expect((await make(token, { name: 'the last', scopes: ['jobs:read'] })).status).toBe(201);
        expect(problemOf(await make(token, { name: 'too many', scopes: ['jobs:read'] })).code).toBe('TOO_MANY_TOKENS');
        await expireTokensOf(user.id);
        expect((await make(token, { name: 'one more', scopes: ['jobs:read'] })).status).toBe(201);
      });

      it.each([
        ['no name', { scopes: ['jobs:read'] }],
        ['an empty name', { name: '', scopes: ['jobs:read'] }],
        ['a blank name', { name: '  ', scopes: ['jobs:read'] }],
        ['a name of 101 characters', { name: 'x'.repeat(101), scopes: ['jobs:read'] }],
        ['a NUL in the name', { name: 'a\u0000b', scopes: ['jobs:read'] }],
        ['half a surrogate pair', { name: 'a\ud800', scopes: ['jobs:read'] }],
        ['no scope', { name: 'x', scopes: [] }],
        ['an unknown scope', { name: 'x', scopes: ['jobs:delete'] }],
        ['a life of nothing', { name: 'x', scopes: ['jobs:read'], expiresIn: 0 }],
        ['a life of 367 days', { name: 'x', scopes: ['jobs:read'], expiresIn: '367d' }],
        ['a life that is no duration', { name: 'x', scopes: ['jobs:read'], expiresIn: 'long' }],
        ['something unknown', { name: 'x', scopes: ['jobs:read'], userId: 'me' }],
      ])('refuses %s', async (_what, body) => {
        const answer = await make(first.token, body);
        expect([answer.status, problemOf(answer).code]).toEqual([400, 'VALIDATION_FAILED']);
      });
    });

    describe('an API token', () => {
      it('works where a session does, for its account', async () => {
        const { token: session, user } = await api.register();
        const { token } = (await make(session, { name: 'x', scopes: ['jobs:write'] })).body;
        const job = await api.submit(token);
        expect((await api.call('GET', `/jobs/${job.id}`, { token: session })).status).toBe(200);
        expect((await api.call('GET', '/auth/me', { token })).body).toEqual(user);
      });

      it('is refused at once when it was deleted here, also when it was just in use', async () => {
        const { token: session } = await api.register();
        const { id, token } = (await make(session, { name: 'x', scopes: ['jobs:read'] })).body;
        expect(await statusOf(token)).toBe(200);
        expect((await remove(session, id.toUpperCase())).status).toBe(204);
        const answer = await api.call('GET', '/jobs', { token });
        expect([answer.status, problemOf(answer).code]).toEqual([401, 'TOKEN_REVOKED']);
        expect(await statusOf(token)).toBe(401);
        expect((await remove(session, id)).status).toBe(404);
        expect((await remove(session, 'no-id')).status).toBe(404);
      });

      it('that a process deleted elsewhere is refused within 5 s', async () => {
        const { token: session } = await api.register();
        const { id, token } = (await make(session, { name: 'x', scopes: ['jobs:read'] })).body;
        expect(await statusOf(token)).toBe(200);
        await api.database.query({ name: 'gone', text: 'delete from cloudtask.api_tokens where id = $1' }, [id]);
        nowMs += 5_000;
        expect(await statusOf(token)).toBe(401);
      });

      it('ends when it was promised to, also when it has just been used', async () => {
        const { token: session } = await api.register();
        const { token, expiresAt } = (await make(session, { name: 'x', scopes: ['jobs:read'], expiresIn: '30m' })).body;
        const before = nowMs;
        nowMs = Date.parse(expiresAt ?? '') - 1;
        expect(await statusOf(token)).toBe(200);
        nowMs += 1;
        expect(problemOf(await api.call('GET', '/jobs', { token })).code).toBe('TOKEN_EXPIRED');
        nowMs = before;
      });

      it('is read from the database once, however busy it is', async () => {
        const { token: session } = await api.register();
        const { token } = (await make(session, { name: 'x', scopes: ['jobs:read'] })).body;
        const query = vi.spyOn(api.database, 'query');
        await Promise.all(Array.from({ length: 50 }, () => statusOf(token)));
        for (let n = 0; n < 50; n += 1) await statusOf(token);
        const reads = query.mock.calls.filter(([statement]) => statement.name === 'api_token_standing');
        expect(reads).toHaveLength(1);
      });

      it('that nobody knows costs one read, one that cannot be one costs none', async () => {
        const query = vi.spyOn(api.database, 'query');
        for (const [token, reads] of [
          [`ctt_${'x'.repeat(43)}`, 1],
          [`ctt_${'x'.repeat(42)}`, 0],
          [`ctt_${'x'.repeat(2_000)}`, 0],
        ] as const) {
          query.mockClear();
          expect(await statusOf(token)).toBe(401);
          // Of tokens: the service looks at queues and types by itself all the time.
          const ofTokens = query.mock.calls.filter(([statement]) => statement.name.includes('token'));
          expect([token.length, ofTokens.length]).toEqual([token.length, reads]);
        }
      });

      it('notes when it was used, at most once a minute', async () => {
        const { token: session } = await api.register();
        const { token } = (await make(session, { name: 'x', scopes: ['jobs:read'] })).body;
        const lastUsedAt = async () => (await list(session))[0]?.lastUsedAt;
        const query = vi.spyOn(api.database, 'query');
        for (let n = 0; n < 20; n += 1) await statusOf(token);
        const usedAt = await eventually(lastUsedAt, { timeoutMs: 8_000 });
        nowMs += 10_000;
        await statusOf(token);
        const updates = query.mock.calls.filter(([statement]) => statement.name === 'note_api_token_use');
        expect(updates).toHaveLength(1);
        expect(await lastUsedAt()).toBe(usedAt);
      });

      it('notes its last use also when the service stops at once', async () => {
        const { token: session } = await api.register();
        const { token } = (await make(session, { name: 'x', scopes: ['jobs:read'] })).body;
        const other = await openTestApi({ database: api.database });
        expect((await other.call('GET', '/jobs', { token })).status).toBe(200);
        await other.close();
        expect((await list(session))[0]?.lastUsedAt).toEqual(expect.any(String));
      });
    });
  });
}
