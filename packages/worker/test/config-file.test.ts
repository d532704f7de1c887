import { chown, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSettings, readSettings, type Sources } from '@cloudtask/core/config';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWorkerConfiguration } from '../src/config-file.ts';
import { workerSettings } from '../src/settings.ts';
import { TestPlatform } from './support/test-platform.ts';

const NOTHING: Sources = { flags: {}, env: {} };
const fixture = join(import.meta.dirname, 'fixtures/configured/cloudtask.config.ts');

describe('cloudtask.config.ts', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'cloudtask-config-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(text: string): Promise<string> {
    const path = join(folder, 'cloudtask.config.mjs');
    await writeFile(path, text);
    return path;
  }

  it('is found above the working directory, and there may be none', async () => {
    const path = await write('export default { worker: { concurrency: 3 } };');
    const deep = join(folder, 'a/b');
    await mkdir(deep, { recursive: true });
    expect((await readWorkerConfiguration(NOTHING, deep))?.settings.path).toBe(path);
    await rm(path);
    expect(await readWorkerConfiguration(NOTHING, deep)).toBeUndefined();
  });

  it('gives way to flags and variables', async () => {
    const flags = { config: fixture };
    const configFile = (await readWorkerConfiguration({ flags, env: {} }, folder))?.settings;
    const read = (sources: Partial<Sources>) => readSettings(workerSettings, { ...NOTHING, configFile, ...sources });
    expect(read({})).toMatchObject({
      concurrency: 7,
      queues: ['default:2', 'mail:5'],
      shutdownGrace: 3_000,
      handlersFolder: join(fixture, '../handlers'),
      plugins: ['./plugin.ts'],
    });
    const env = { CLOUDTASK_CONCURRENCY: '8' };
    expect(read({ env }).concurrency).toBe(8);
    expect(read({ env, flags: { concurrency: '9' } }).concurrency).toBe(9);
    const { found } = findSettings(workerSettings, { ...NOTHING, configFile });
    expect(found.find(({ setting }) => setting === workerSettings.concurrency)?.from).toBe(fixture);
  });

  it('is told the environment as every setting is: a flag wins over a variable', async () => {
    await write("export default ({ mode }) => ({ worker: { concurrency: mode === 'production' ? 50 : 2 } });");
    const concurrencyWith = async (sources: Partial<Sources>) => {
      const configFile = (await readWorkerConfiguration({ ...NOTHING, ...sources }, folder))?.settings;
      return readSettings(workerSettings, { ...NOTHING, configFile }).concurrency;
    };
    const env = { CLOUDTASK_ENV: 'production' };
    expect(await concurrencyWith({})).toBe(2);
    expect(await concurrencyWith({ env })).toBe(50);
    expect(await concurrencyWith({ flags: { env: 'production' } })).toBe(50);
    expect(await concurrencyWith({ env, flags: { env: 'development' } })).toBe(2);
  });

  it.each([
    [
      'export default {\n  worker: {\n    concurency: 3,\n  },\n};',
      ':3: there is no "concurency" here: use concurrency,',
    ],
    ['export default {\n  handler: "x",\n};', ':2: there is no "handler" here: use handlers,'],
    ['export default {\n  handlers: "src/**/*.ts",\n};', ':2: "handlers" must be a folder'],
    ['export default {\n  services: {\n    db: 7,\n  },\n};', ':3: "db" must be a function'],
    [
      'const a = 1;\nexport default () => {\n  throw new Error("no such mode");\n};',
      ':3: the configuration cannot be loaded: no such mode',
    ],
    ['export const x = 1;', ': the configuration must be the default export'],
  ])('says where it is wrong: %j', async (text, says) => {
    const path = await write(text);
    await expect(readWorkerConfiguration(NOTHING, folder)).rejects.toThrow(`${path}${says}`);
  });

  it.runIf(process.getuid?.() === 0)('of another user is run only when it is named', async () => {
    const path = await write('export default {};');
    await chown(path, 4_711, 4_711);
    await expect(readWorkerConfiguration(NOTHING, folder)).rejects.toThrow(`${path} belongs to another user`);
    expect(await readWorkerConfiguration({ flags: { config: path }, env: {} }, '/')).toBeDefined();
  });

  it('that was named must be there', async () => {
    const missing = readWorkerConfiguration({ flags: { config: 'other.ts' }, env: {} }, folder);
    await expect(missing).rejects.toThrow(`${join(folder, 'other.ts')} cannot be read: there is no such file`);
  });
});

describe('child processes of a worker with a configuration', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const configuration = await readWorkerConfiguration({ flags: { config: fixture }, env: {} }, '/');
    const settings = { handlersFolder: join(fixture, '../handlers'), plugins: ['./plugin.ts'], concurrency: 1 };
    await platform.worker([], settings, configuration?.parts);
  });
  afterAll(() => platform.close());
  const resultOf = async (type: string) => (await platform.finished(await platform.submit(type, 'hey'))).result;

  it('build the services of their handlers there, once', async () => {
    const first = (await resultOf('counted')) as { around: { pid: number; built: number } };
    expect(first.around).toMatchObject({ built: 1 });
    expect(first.around.pid).not.toBe(process.pid);
    expect(await resultOf('counted')).toEqual(first);
  });

  it('know the prefix and the options of a plugin', async () => {
    expect(await resultOf('acme.shout')).toEqual({ around: 'acme.shout: hey!' });
  });

  it('have the services and the middleware of the file', async () => {
    const { around } = (await resultOf('acme.mode')) as { around: { mode: string; pid: number } };
    expect(around.mode).toBe(`in development, process ${around.pid}`);
    expect(around.pid).not.toBe(process.pid);
  });

  it('are refused to handlers whose worker was given its services in code', async () => {
    const code = { services: { any: () => 1 } };
    const settings = { handlersFolder: join(fixture, '../handlers') };
    await expect(platform.worker([], settings, code)).rejects.toThrow('do not reach child processes');
  });
});
