import { expect, test } from 'vitest';
import { NotFoundError } from '../src/errors.ts';
import { answer, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

test('an error says what to do about it, when the server does', async () => {
  const { ct } = await withServer({
    'GET /types/emial': (_, response) =>
      answer(response, 404, { code: 'TYPE_NOT_FOUND', detail: 'no', hint: 'Look again.' }),
    'GET /auth/me': (_, response) => answer(response, 404, '<html>a proxy</html>'),
  });
  const error = await ct.types.get('emial').catch((each: unknown) => each);
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error).toMatchObject({ code: 'TYPE_NOT_FOUND', hint: 'Look again.' });
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ hint: 'Look again.' });
  expect(await ct.auth.me().safe()).toMatchObject({ ok: false, error: { hint: null } });
});

test('so does an item of a batch that is refused', async () => {
  const refused = {
    code: 'INVALID_PAYLOAD',
    message: 'no',
    hint: 'Look again.',
    issues: [{ path: '/payload', message: 'no' }],
  };
  const { issues: _, ...busy } = refused;
  const results = [
    { index: 0, ok: false, error: refused },
    { index: 1, ok: false, error: busy },
  ];
  const { ct } = await withServer({ 'POST /jobs/batch': (_, response) => answer(response, 200, { results }) });
  const [first, second] = await ct.jobs.createMany('email', [1, 2]);
  expect(first).toMatchObject({
    ok: false,
    error: { name: 'ValidationError', hint: 'Look again.', issues: refused.issues },
  });
  expect(second).toMatchObject({ ok: false, error: { name: 'CloudTaskError', hint: 'Look again.' } });
});

test('a verification that is too large is asked for once', async () => {
  const { ct, server } = await withServer({
    'GET /verify': (_, response) => problem(response, 503, 'VERIFICATION_TOO_LARGE', { 'retry-after': '0' }),
  });
  await expect(ct.verify()).rejects.toMatchObject({ code: 'VERIFICATION_TOO_LARGE' });
  expect(server.to('GET /verify')).toHaveLength(1);
});

test('API tokens are made, listed and revoked', async () => {
  const token = {
    id: 'a/b',
    name: 'ci',
    hint: 'ctt_1',
    scopes: ['jobs:write'],
    createdAt: '',
    expiresAt: null,
    lastUsedAt: null,
  };
  const { ct, server } = await withServer({
    'POST /auth/tokens': (_, response) => answer(response, 201, { ...token, token: 'ctt_1234' }),
    'GET /auth/tokens': (_, response) => answer(response, 200, [token]),
    'DELETE /auth/tokens/a%2Fb': (_, response) => void response.writeHead(204).end(),
  });
  const made = await ct.tokens.create({ name: 'ci', scopes: ['jobs:write'], expiresIn: '90d' });
  expect(made.token).toBe('ctt_1234');
  expect(server.to('POST /auth/tokens')[0]?.json()).toEqual({ name: 'ci', scopes: ['jobs:write'], expiresIn: '90d' });
  expect(await ct.tokens.list()).toEqual([token]);
  expect(await ct.tokens.revoke('a/b')).toBeUndefined();
});
