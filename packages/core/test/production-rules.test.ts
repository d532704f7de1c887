import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../src/config.ts';
import { unsafeServer, weakSecret } from '../src/production-rules.ts';
import { sharedSettings } from '../src/shared-settings.ts';

describe('a secret for production', () => {
  it.each([
    ['empty', '', 'too short'],
    ['short', 'x7GmK2pQ', 'too short: 8 bytes of at least 32'],
    ['of 31 bytes', 'q8Zr2LmX9vTb4NkW7cYd1HsG5fJp3Ae', 'too short'],
    ['a phrase of examples', 'please-change-me-before-you-go-live!', 'example'],
    ['the word secret drawn out', 'my-super-SECRET-jwt-signing-key-2026', 'example'],
    ['one letter again and again', 'a'.repeat(64), 'example'],
    ['a sequence', '0123456789'.repeat(4), 'example'],
  ])('may not be %s', (_, secret, reason) => {
    expect(weakSecret(secret)).toContain(reason);
  });

  it('may be anything random of 32 bytes and more', () => {
    for (let round = 0; round < 500; round += 1) {
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        expect(weakSecret(randomBytes(48).toString(encoding))).toBeUndefined();
      }
    }
  });

  it('never stands in the reason', () => {
    expect(weakSecret('hunter2')).not.toContain('hunter2');
    expect(weakSecret('change-me-hunter2-change-me-hunter2-')).not.toContain('hunter2');
  });
});

describe('a server for production', () => {
  it.each([
    ['memory:', undefined],
    ['pglite:.cloudtask/db', undefined],
    ['postgres:///cloudtask?host=/run/postgresql', undefined],
    ['postgres://app:pw@127.0.0.1:5432/cloudtask', undefined],
    ['postgres://app:pw@localhost/cloudtask', undefined],
    ['postgres://app:pw@[::1]/cloudtask', undefined],
    ['postgres://app:pw@db.example.com/cloudtask?sslmode=verify-full', undefined],
    ['postgres://app@db.example.com/cloudtask?sslmode=verify-full&sslcert=/c&sslkey=/k', undefined],
    ['amqps://app:pw@mq.example.com', undefined],
    ['rediss://:pw@cache.example.com', undefined],
    ['redis://:pw@trusted:6379', undefined],
    ['postgres://postgres@127.0.0.1:5432/cloudtask', 'has no password'],
    ['postgres://app:pw@db.example.com/cloudtask', 'use ?sslmode=verify-full'],
    ['postgres://app:pw@db.example.com/cloudtask?sslmode=prefer', 'without TLS'],
    ['amqp://guest:guest@127.0.0.1:5672', 'well-known user guest'],
    ['amqps://guest:guest@mq.example.com', 'well-known user guest'],
    ['amqp://app:pw@mq.example.com', 'use amqps://'],
    ['redis://127.0.0.1:6379', 'Redis would obey whoever reaches it'],
    ['redis://:pw@cache.example.com', 'name cache.example.com in CLOUDTASK_PLAINTEXT_HOSTS'],
    ['redis://:pw@127.0.0.1.evil.example', 'without TLS'],
  ])('%s: %s', (url, reason) => {
    const found = unsafeServer(url, ['trusted']);
    if (reason === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(reason);
    expect(found ?? '').not.toMatch(/:pw|pw@/);
  });
});

describe('the shared settings', () => {
  it('work on one machine with nothing set', () => {
    expect(readSettings(sharedSettings, { flags: {}, env: {} })).toEqual({
      databaseUrl: 'postgres://postgres@127.0.0.1:5432/cloudtask',
      databaseConnections: 4,
      brokerUrl: 'amqp://guest:guest@127.0.0.1:5672',
      signalsUrl: 'redis://127.0.0.1:6379',
      queueType: 'classic',
      queuePrefix: '',
      environment: 'development',
      plaintextHosts: [],
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  it('are refused in production as they are, by name', () => {
    const read = () => readSettings(sharedSettings, { flags: { env: 'production' }, env: {} });
    for (const name of ['CLOUDTASK_DATABASE_URL', 'CLOUDTASK_BROKER_URL', 'CLOUDTASK_SIGNALS_URL'])
      expect(read).toThrow(name);
  });

  it('run in production with passwords, on a network that is named as trusted', () => {
    const env = {
      CLOUDTASK_ENV: 'production',
      CLOUDTASK_DATABASE_URL: 'postgres://app:pw@postgres/cloudtask',
      CLOUDTASK_BROKER_URL: 'amqp://app:pw@rabbitmq',
      CLOUDTASK_SIGNALS_URL: 'redis://:pw@redis',
      CLOUDTASK_PLAINTEXT_HOSTS: 'postgres, rabbitmq, redis',
    };
    expect(readSettings(sharedSettings, { flags: {}, env }).plaintextHosts).toEqual(['postgres', 'rabbitmq', 'redis']);
    expect(() =>
      readSettings(sharedSettings, { flags: {}, env: { ...env, CLOUDTASK_PLAINTEXT_HOSTS: 'postgres,redis' } }),
    ).toThrow('CLOUDTASK_BROKER_URL');
  });
});
