import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '@cloudtask/core/config';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { workerSettings } from '@cloudtask/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedSettings } from '../../packages/server/src/embedded-settings.ts';
import { jobServiceSettings } from '../../packages/server/src/settings.ts';
import { type Ended, PROGRAMS, type ProgramName, runProgram } from './run-program.ts';

const SETTINGS: Record<ProgramName, Settings> = {
  'cloudtask-server job-service': { ...sharedSettings, ...jobServiceSettings },
  'cloudtask-worker': { ...sharedSettings, ...workerSettings, ...probeSettings(9091) },
  'cloudtask-server scheduler': { ...sharedSettings, ...probeSettings(9093) },
  'cloudtask-server results-processor': { ...sharedSettings, ...probeSettings(9092) },
  'cloudtask-server all': embeddedSettings,
};
const names = Object.keys(PROGRAMS) as ProgramName[];

/** What is wrong with each, by its variable; a program says so of those it has. */
const WRONG: Record<string, { value: string; says: RegExp }> = {
  CLOUDTASK_DATABASE_URL: { value: 'mysql://root:hush-database@db/x', says: /begins with postgres:\/\// },
  CLOUDTASK_BROKER_URL: { value: 'http://guest:hush-broker@mq', says: /begins with amqp:\/\// },
  CLOUDTASK_DATABASE_CONNECTIONS: { value: 'many', says: /"many" must be a whole number from 1 to 100/ },
  CLOUDTASK_QUEUE_PREFIX: { value: 'a b', says: /"a b" must be/ },
  CLOUDTASK_LOG_LEVEL: { value: 'loud', says: /"loud" must be debug, info, warn or error/ },
  CLOUDTASK_QUEUES: { value: ',', says: /must name a queue at least/ },
  CLOUDTASK_PORT: { value: '99999', says: /"99999" must be a whole number from 0 to 65535/ },
  CLOUDTASK_METRICS_PORT: { value: 'http', says: /"http" must be a whole number from 0 to 65535/ },
  CLOUDTASK_SMTP_URL: { value: 'https://me:hush-mail@smtp', says: /begins with smtp:\/\// },
  CLOUDTASK_SHUTDOWN_GRACE: { value: '30', says: /its unit is missing/ },
};

let folder: string;
/** Takes the place of every server that is named rightly: nobody may come. */
let trap: Server;
let visits = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cloudtask-configuration-'));
  trap = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  trap?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(names)('%s', { concurrent: false }, (name) => {
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
    runProgram(PROGRAMS[name], args, env).ended;
  const known = Object.values(SETTINGS[name]);
  const has = (variable: string) => known.some(({ env }) => env === variable);

  test('names everything that is wrong at once, shows no secret, and touches nothing', async () => {
    const wrong = Object.entries(WRONG).filter(([variable]) => has(variable));
    const ended = await run([], {
      ...Object.fromEntries(Object.entries(WRONG).map(([variable, { value }]) => [variable, value])),
      CLOUDTASK_SIGNALS_URL: `redis://127.0.0.1:${(trap.address() as AddressInfo).port}`,
      CLOUDTASK_DATA_DIR: folder,
    });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`✗ ${name} did not start: ${wrong.length} settings are wrong`);
    for (const [variable, { says }] of wrong) expect(paragraphOf(variable, ended.stderr)).toMatch(says);
    expect(ended.stderr).not.toContain('hush');
    expect(visits).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('names the flag that was wrong, not only its variable', async () => {
    const ended = await run(['--log-level', 'loud', '--database-url', 'mysql://root:hush-database@db/x']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(paragraphOf('CLOUDTASK_LOG_LEVEL', ended.stderr)).toContain('from flag --log-level');
    expect(paragraphOf('CLOUDTASK_DATABASE_URL', ended.stderr)).toContain('from flag --database-url');
    expect(ended.stderr).not.toContain('hush');
  });

  test('refuses a flag that it does not have, and says which was meant', async () => {
    const ended = await run(['--log-levle', 'info']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`✗ ${name}: unknown option '--log-levle'`);
    expect(ended.stderr).toContain('Did you mean --log-level?');
    expect(ended.stderr).toContain(`${name} --help`);
  });

  test('refuses in production whatever is good for development only', async () => {
    const ended = await run(['--env', 'production'], {
      CLOUDTASK_DATABASE_URL: 'postgres://postgres@127.0.0.1:5432/cloudtask',
      CLOUDTASK_BROKER_URL: 'amqp://guest:guest@127.0.0.1:5672',
      CLOUDTASK_SIGNALS_URL: 'redis://:hush-signals@redis.example.com:6379',
      CLOUDTASK_DATA_DIR: folder,
      ...(has('CLOUDTASK_JWT_SECRET') && { CLOUDTASK_JWT_SECRET: 'hush-short' }),
    });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(paragraphOf('CLOUDTASK_DATABASE_URL', ended.stderr)).toContain('has no password');
    expect(paragraphOf('CLOUDTASK_BROKER_URL', ended.stderr)).toContain('guest');
    expect(paragraphOf('CLOUDTASK_SIGNALS_URL', ended.stderr)).toContain('redis.example.com without TLS');
    if (has('CLOUDTASK_JWT_SECRET'))
      expect(paragraphOf('CLOUDTASK_JWT_SECRET', ended.stderr)).toContain('is too short');
    expect(ended.stderr).not.toContain('hush');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('lists every flag and variable in its help', async () => {
    const ended = await run(['--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    for (const { flag, env, parse } of known) {
      const term = parse.isSwitch ? `--[no-]${flag}` : `--${flag} <`;
      if (flag !== undefined) expect(ended.stdout).toContain(term);
      expect(ended.stdout).toMatch(new RegExp(`\\b${env}\\b`));
    }
  });

  test('tells its version', async () => {
    const ended = await run(['--version']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('production without any setting', () => {
  const DEFAULTS = ['CLOUDTASK_DATABASE_URL', 'CLOUDTASK_BROKER_URL', 'CLOUDTASK_SIGNALS_URL'];

  test.each([
    ['cloudtask-server job-service', [...DEFAULTS, 'CLOUDTASK_JWT_SECRET']],
    ['cloudtask-worker', DEFAULTS],
    ['cloudtask-server scheduler', DEFAULTS],
    ['cloudtask-server results-processor', DEFAULTS],
  ] as const)('%s refuses its defaults, each by name', async (name, variables) => {
    const ended = await runProgram(PROGRAMS[name], [], { CLOUDTASK_ENV: 'production' }).ended;
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`${variables.length} settings are wrong`);
    for (const variable of variables) expect(paragraphOf(variable, ended.stderr)).toContain('by default');
  });
});

/** What the output says about one setting: its line and the one under it. */
function paragraphOf(variable: string, output: string): string {
  return (
    output.split('\n\n').find((paragraph) => paragraph.trimStart().startsWith(variable)) ?? `nothing on ${variable}`
  );
}
