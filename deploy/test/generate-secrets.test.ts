import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { weakSecret } from '@cloudtask/core/production-rules';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requiredSecrets } from './required-secrets.ts';

const script = join(import.meta.dirname, '..', '..', 'scripts', 'generate-secrets.sh');

describe('generate-secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudtask-test-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes every file that production asks for, and the .env that names them', () => {
    generate();
    expect(readFileSync(join(folder, '.env'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['COMPOSE_FILE=compose.yaml:compose.prod.yaml', ...environmentLines()]),
    );
    for (const file of Object.values(requiredSecrets)) expect(secret(file)).not.toBe('');
  });

  it('makes secrets that production takes', () => {
    generate();
    expect([weakSecret(secret('jwt-secret')), weakSecret(secret('password-pepper'))]).toEqual([undefined, undefined]);
  });

  it('gives the services the passwords that it gives the stores', () => {
    generate();
    expect(secret('database-url')).toBe(`postgres://postgres:${secret('postgres-password')}@postgres:5432/cloudtask`);
    const broker = new URL(secret('broker-url'));
    expect(secret('rabbitmq-auth')).toBe(`default_user = ${broker.username}\ndefault_pass = ${broker.password}`);
    expect(secret('redis-auth')).toBe(`requirepass ${new URL(secret('signals-url')).password}`);
  });

  it('keeps other users of the host out, and lets the users inside the containers read', () => {
    generate();
    expect(mode('.env')).toBe('600');
    expect(mode('secrets')).toBe('700');
    for (const file of Object.values(requiredSecrets)) expect(mode(file)).toBe('444');
  });

  it('changes nothing when it runs again, and says so', () => {
    generate();
    const before = everything();
    const { out } = generate();
    expect(everything()).toEqual(before);
    expect(
      out
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('kept ')),
    ).toEqual([]);
  });

  it('adds what is missing to an .env that somebody wrote', () => {
    writeFileSync(join(folder, '.env'), 'POSTGRES_DB=jobs\nCOMPOSE_FILE=mine.yaml');
    generate();
    expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(
      /^POSTGRES_DB=jobs\nCOMPOSE_FILE=mine\.yaml\nCOMPOSE_PROFILES=app\n/,
    );
    expect(secret('database-url')).toMatch(/\/jobs$/);
    expect(mode('.env')).toBe('600');
  });

  it.each([
    ['POSTGRES_USER="app"', "POSTGRES_DB='jobs'"],
    ["POSTGRES_USER='app'", 'POSTGRES_DB=jobs'],
  ])('reads %s and %s of an .env without their quotes, as compose does', (...lines) => {
    writeFileSync(join(folder, '.env'), lines.join('\n'));
    generate();
    expect(secret('database-url')).toBe(`postgres://app:${secret('postgres-password')}@postgres:5432/jobs`);
  });

  it.each([
    ['postgres-password', 'database-url'],
    ['rabbitmq-auth', 'broker-url'],
    ['redis-auth', 'signals-url'],
  ])('makes a lost %s anew, and the %s that would not fit it any more, and says so', (password, url) => {
    generate();
    const before = everything();
    rmSync(join(folder, 'secrets', password));
    const { out, err } = generate();
    expect(out).toContain(`made     secrets/${password}\n`);
    expect(out).toContain(`renewed  secrets/${url} `);
    expect(err).toMatch(new RegExp(`^! ${url}: it had another password`));
    expect(changedSince(before).sort()).toEqual([password, url].sort());
    expect(secret(password)).toContain(new URL(secret(url)).password);
  });

  it('completes a run that was ended after it had made a password and before its URL', () => {
    generate();
    const old = secret('database-url');
    generate('--force', 'postgres-password');
    const file = join(folder, 'secrets', 'database-url');
    rmSync(file);
    writeFileSync(file, `${old}\n`);
    generate();
    expect(new URL(secret('database-url')).password).toBe(secret('postgres-password'));
  });

  it('makes one secret anew with --force and its name, keeps the old one beside it, and says what is invalid then', () => {
    generate();
    const before = everything();
    const { out, err } = generate('--force', 'password-pepper');
    expect(out).toContain('renewed  secrets/password-pepper');
    expect(err).toMatch(/^! password-pepper: NOBODY CAN LOG IN/);
    expect(secret('password-pepper.previous')).toBe(before['password-pepper']);
    expect(changedSince(before)).toEqual(['password-pepper']);
  });

  it('makes the URL anew together with the password in it', () => {
    generate();
    const before = everything();
    generate('--force', 'redis-auth');
    expect(changedSince(before)).toEqual(['redis-auth', 'signals-url']);
    expect(secret('redis-auth')).toBe(`requirepass ${new URL(secret('signals-url')).password}`);
  });

  it('makes all of them anew with --force alone, but the pepper, and names each consequence', () => {
    generate();
    const before = everything();
    const { out, err } = generate('--force');
    expect(changedSince(before)).toEqual(
      Object.keys(before).filter((name) => name !== '.env' && name !== 'password-pepper'),
    );
    expect(out).toContain('left out password-pepper: a new one locks all accounts');
    expect(err.match(/^! [\w-]+/gm)?.map((line) => line.slice(2))).toEqual([
      'postgres-password',
      'rabbitmq-auth',
      'redis-auth',
      'grafana-admin-password',
      'jwt-secret',
    ]);
  });

  it.each(['password-pepper', 'jwt-secret'])(
    'renews no %s whose old one is still kept, and says how to go on',
    (name) => {
      generate();
      generate('--force', name);
      const before = everything();
      const first = secret(`${name}.previous`);
      expect(() => generate('--force', 'redis-auth', name)).toThrow(
        new RegExp(`${name} is not renewed.*\n.*mv -f .*/secrets/${name}\\.previous .*or delete it`),
      );
      expect([changedSince(before), secret(`${name}.previous`)]).toEqual([[], first]);
      rmSync(join(folder, 'secrets', `${name}.previous`));
      generate('--force', name);
      expect(secret(`${name}.previous`)).toBe(before[name]);
    },
  );

  it.each([
    'postgres://app:secret@db.example.com/jobs?sslmode=verify-full',
    'postgres://postgres:secret@postgres.example.com:5432/jobs',
    'postgres://readwrite:secret@postgres:5432/cloudtask',
  ])('leaves %s alone, which names a server elsewhere or a user of its own', (written) => {
    generate();
    const file = join(folder, 'secrets', 'database-url');
    rmSync(file);
    writeFileSync(file, `${written}\n`);
    generate();
    generate('--force', 'postgres-password');
    expect(secret('database-url')).toBe(written);
  });

  it.each([[['jwt-secret']], [['--force', 'no-such-secret']], [['--directory', '/nowhere/at/all']]])(
    'refuses %j with a reason and makes nothing',
    (args) => {
      expect(() => generate(...args)).toThrow(/generate-secrets: /);
      expect(() => statSync(join(folder, 'secrets'))).toThrow();
    },
  );

  function generate(...args: string[]): { out: string; err: string } {
    const errors = join(folder, 'errors');
    const out = execFileSync(
      'sh',
      ['-c', `"$0" "$@" 2>"${errors}" || { cat "${errors}" >&2; exit 1; }`, script, '--directory', folder, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const err = readFileSync(errors, 'utf8');
    rmSync(errors);
    return { out, err };
  }

  function secret(name: string): string {
    return readFileSync(join(folder, 'secrets', name.replace('./secrets/', '')), 'utf8').trim();
  }

  function everything(): Record<string, string> {
    const files = Object.values(requiredSecrets)
      .map((file) => file.replace('./secrets/', ''))
      .sort();
    return {
      '.env': readFileSync(join(folder, '.env'), 'utf8'),
      ...Object.fromEntries(files.map((file) => [file, secret(file)])),
    };
  }

  function changedSince(before: Record<string, string>): string[] {
    return Object.entries(everything()).flatMap(([name, text]) => (text === before[name] ? [] : [name]));
  }

  function mode(name: string): string {
    return (statSync(join(folder, name)).mode & 0o777).toString(8);
  }
});

function environmentLines(): string[] {
  return Object.entries(requiredSecrets).map(([name, file]) => `${name}=${file}`);
}
