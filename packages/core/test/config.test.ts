import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { findSettings, readEnvFile, readSettings, type Settings, type Values } from '../src/config.ts';
import { ConfigurationError } from '../src/configuration-error.ts';
import { weakSecret } from '../src/production-rules.ts';
import { flag, integer, oneOf, text, url } from '../src/settings-parsers.ts';
import { problemsText, settingsText, shownValue } from '../src/settings-report.ts';
import { environment } from '../src/shared-settings.ts';
import { unknownVariables } from '../src/unknown-variables.ts';

const settings = {
  port: {
    env: 'CLOUDTASK_PORT',
    flag: 'port',
    describe: 'Where it listens.',
    parse: integer({ min: 1, max: 9 }),
    default: '8',
  },
  mode: {
    env: 'CLOUDTASK_MODE',
    flag: 'mode',
    describe: 'How it works.',
    parse: oneOf('fast', 'slow'),
    default: 'fast',
  },
  loud: { env: 'CLOUDTASK_LOUD', flag: 'loud', describe: 'Talks.', parse: flag, default: 'false' },
  label: { env: 'CLOUDTASK_LABEL', flag: 'label', describe: 'Shown to people.', parse: text, optional: true },
  key: { env: 'CLOUDTASK_KEY', describe: 'Opens the door.', parse: text, secret: true, inProduction: weakSecret },
  store: {
    env: 'CLOUDTASK_STORE',
    flag: 'store',
    describe: 'Keeps things.',
    parse: url('redis://', 'memory:'),
    default: 'memory:',
    secret: true,
  },
  environment,
} satisfies Settings;

const KEY = 'a-good-key-for-tests';
const folder = mkdtempSync(join(tmpdir(), 'cloudtask-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function read(env: Record<string, string>, flags: Record<string, string> = {}, fromFile: Record<string, string> = {}) {
  return readSettings(settings, { flags, env, envFile: { path: '.env', values: fromFile } });
}

function problemsOf(env: Record<string, string>, flags: Record<string, string> = {}) {
  try {
    read(env, flags);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('are typed by their parsers', () => {
    type Found = Values<typeof settings>;
    expectTypeOf<Found['port']>().toEqualTypeOf<number>();
    expectTypeOf<Found['mode']>().toEqualTypeOf<'fast' | 'slow'>();
    expectTypeOf<Found['label']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Found['key']>().toEqualTypeOf<string>();
  });

  it('have their defaults when nothing is set', () => {
    expect(read({ CLOUDTASK_KEY: KEY })).toEqual({
      port: 8,
      mode: 'fast',
      loud: false,
      label: undefined,
      key: KEY,
      store: 'memory:',
      environment: 'development',
    });
  });

  it('come from the flag before the variable, from the variable before the file, from the file before the default', () => {
    const env = { CLOUDTASK_KEY: KEY, CLOUDTASK_PORT: '2' };
    expect(read(env, { port: '1' }, { CLOUDTASK_PORT: '3' }).port).toBe(1);
    expect(read(env, {}, { CLOUDTASK_PORT: '3' }).port).toBe(2);
    expect(read({ CLOUDTASK_KEY: KEY }, {}, { CLOUDTASK_PORT: '3' }).port).toBe(3);
  });

  it('count as not set when their variable is empty, but not when their flag is', () => {
    expect(read({ CLOUDTASK_KEY: KEY, CLOUDTASK_PORT: '', CLOUDTASK_LABEL: '' })).toMatchObject({
      port: 8,
      label: undefined,
    });
    expect(read({ CLOUDTASK_KEY: KEY }, { label: '' }).label).toBe('');
  });

  it('of a secret kind may be a file, whose last line break does not count', () => {
    const path = file('key', 'from the file\n');
    expect(read({ CLOUDTASK_KEY_FILE: path }).key).toBe('from the file');
    expect(read({}, {}, { CLOUDTASK_KEY_FILE: path }).key).toBe('from the file');
    expect(problemsOf({ CLOUDTASK_KEY: KEY, CLOUDTASK_LABEL_FILE: path })).toEqual([]);
  });
});

describe('wrong settings', () => {
  it('are all told at once, each with its name, where it came from and what is allowed', () => {
    const problems = problemsOf({ CLOUDTASK_PORT: '99', CLOUDTASK_LOUD: 'very' }, { mode: 'medium' });
    expect(problems).toEqual([
      expect.objectContaining({
        setting: 'CLOUDTASK_PORT',
        flag: 'port',
        from: 'environment',
        message: '"99" must be a whole number from 1 to 9',
      }),
      expect.objectContaining({
        setting: 'CLOUDTASK_MODE',
        from: 'flag --mode',
        message: '"medium" must be fast or slow',
      }),
      expect.objectContaining({ setting: 'CLOUDTASK_LOUD', message: '"very" must be true or false' }),
      expect.objectContaining({ setting: 'CLOUDTASK_KEY', from: 'not set', message: 'must be set: Opens the door.' }),
    ]);
  });

  it('are told for people', () => {
    const text = problemsText('cloudtask-x', problemsOf({ CLOUDTASK_PORT: '99' }));
    expect(text).toBe(`✗ cloudtask-x did not start: 2 settings are wrong

  CLOUDTASK_PORT (--port), from the environment
      "99" must be a whole number from 1 to 9

  CLOUDTASK_KEY, not set
      must be set: Opens the door.

  All settings:  cloudtask-x --help
`);
  });

  it('name the file of a secret that cannot be read, once', () => {
    expect(problemsOf({ CLOUDTASK_KEY_FILE: join(folder, 'nowhere') })).toEqual([
      {
        setting: 'CLOUDTASK_KEY',
        from: `file ${join(folder, 'nowhere')}`,
        message: 'cannot be read: there is no such file',
      },
    ]);
    expect(problemsOf({ CLOUDTASK_KEY_FILE: folder })[0]?.message).toBe('cannot be read: EISDIR');
  });

  it('include a secret that is given twice', () => {
    const problems = problemsOf({ CLOUDTASK_KEY: KEY, CLOUDTASK_KEY_FILE: file('other', 'x') });
    expect(problems).toEqual([
      expect.objectContaining({ setting: 'CLOUDTASK_KEY', message: expect.stringContaining('is set twice') }),
    ]);
  });

  it('never show a secret', () => {
    const canary = 'canary-4711';
    const nosy = {
      ...settings.key,
      parse: (value: string) => {
        throw new Error(`what is ${value}?`);
      },
    };
    const sources = { flags: {}, env: { CLOUDTASK_KEY: canary, CLOUDTASK_STORE: `mysql://u:${canary}@h` } };
    const { found, problems } = findSettings({ ...settings, key: nosy }, sources);
    expect(problems.map(({ setting }) => setting)).toEqual(['CLOUDTASK_KEY', 'CLOUDTASK_STORE']);
    const said = new ConfigurationError(problems);
    for (const each of [problemsText('x', problems), settingsText('x', found), said.message, String(said.stack)]) {
      expect(each).not.toContain(canary);
    }
  });
});

describe('in production', () => {
  const production = { CLOUDTASK_ENV: 'production' };

  it('a setting may be refused that is fine elsewhere', () => {
    expect(problemsOf({ CLOUDTASK_KEY: 'short' })).toEqual([]);
    expect(problemsOf({ CLOUDTASK_KEY: 'short', ...production })).toEqual([
      expect.objectContaining({
        setting: 'CLOUDTASK_KEY',
        message: expect.stringMatching(/too short.*CLOUDTASK_ENV=production/),
      }),
    ]);
  });

  it('a wrong value is told once, not also as unsafe', () => {
    expect(problemsOf({ ...production, CLOUDTASK_PORT: 'x' }).map(({ setting }) => setting)).toEqual([
      'CLOUDTASK_PORT',
      'CLOUDTASK_KEY',
    ]);
  });
});

describe('a file of variables', () => {
  it('is read as shells write it', () => {
    const path = file('settings.env', '# a comment\nCLOUDTASK_PORT=3\nexport CLOUDTASK_LABEL="two words"\n');
    expect(readEnvFile(path)).toEqual({ path, values: { CLOUDTASK_PORT: '3', CLOUDTASK_LABEL: 'two words' } });
  });

  it('must be there when it was named', () => {
    expect(() => readEnvFile(join(folder, 'missing.env'))).toThrow(ConfigurationError);
  });

  it('need not be there when it was not', () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(readEnvFile(undefined)).toBeUndefined();
      file('.env', 'CLOUDTASK_PORT=4\n');
      expect(readEnvFile(undefined)?.values).toEqual({ CLOUDTASK_PORT: '4' });
    } finally {
      process.chdir(before);
    }
  });
});

describe('variables that no setting knows', () => {
  const warnings = (env: Record<string, string>) => unknownVariables(settings, { flags: {}, env });

  it.each(['CLOUDTASK_PROT', 'CLOUDTASK_PORTS', 'CLOUDTASK_POT', 'CLOUDTASK_BORT'])(
    '%s: did you mean CLOUDTASK_PORT?',
    (name) => {
      expect(warnings({ [name]: '1' })).toEqual([
        expect.stringContaining(`${name} is set, but there is no such setting – did you mean CLOUDTASK_PORT?`),
      ]);
    },
  );

  it('are left in peace when they look like nothing known, or what they look like is set too', () => {
    expect(warnings({ CLOUDTASK_SOMETHING_ELSE: '1', PATH: '/', CLOUDTASK_KEY_FILE: '/x' })).toEqual([]);
    expect(warnings({ CLOUDTASK_PROT: '1', CLOUDTASK_PORT: '2' })).toEqual([]);
  });

  it('are found in the file too', () => {
    const envFile = { path: '.env', values: { CLOUDTASK_LABLE: 'x' } };
    expect(unknownVariables(settings, { flags: {}, env: {}, envFile })).toHaveLength(1);
  });
});

describe('showing settings', () => {
  it('lists each with its value and where it comes from', () => {
    const { found } = findSettings(settings, {
      flags: { port: '3' },
      env: { CLOUDTASK_KEY: KEY, CLOUDTASK_STORE: 'redis://:pw@cache:6379/1' },
    });
    const lines = settingsText('cloudtask-x', found).split('\n');
    expect(lines).toContain('  CLOUDTASK_PORT   3                        flag --port');
    expect(lines).toContain('  CLOUDTASK_LABEL  –                        not set');
    expect(lines).toContain('  CLOUDTASK_KEY    (set)                    environment');
    expect(lines).toContain('  CLOUDTASK_MODE   fast                     default');
  });

  it.each([
    ['postgres://user:pw@host:5432/db?sslmode=require&password=pw', 'postgres://user:…@host:5432/db?…'],
    ['redis://:pw@host:6379/1', 'redis://:…@host:6379/1'],
    ['postgres://postgres@host/db', 'postgres://postgres@host/db'],
    ['redis://host:6379', 'redis://host:6379'],
    ['memory:', 'memory:'],
    ['pglite:.cloudtask/db', 'pglite:.cloudtask/db'],
    ['some secret', '(set)'],
    ['short:and-secret?', '(set)'],
  ])('shows the secret %s as %s', (written, shown) => {
    expect(shownValue({ secret: true }, written)).toBe(shown);
  });
});
