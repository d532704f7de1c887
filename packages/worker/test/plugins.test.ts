import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cloudtask/core/logger';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { definePlugin } from '@cloudtask/sdk/define-plugin';
import { jsonSchema } from '@cloudtask/sdk/schema';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHandlers } from '../src/load-handlers.ts';
import { ServiceHost } from '../src/service-host.ts';

const NEVER_RUN = 'throw new Error("its code was run");\n';
const plugin = (type: string) => `export default { handlers: [{ job: { type: '${type}' }, run: () => 1 }] };\n`;

describe('a plugin', () => {
  let from: string;
  beforeEach(async () => {
    from = await mkdtemp(join(tmpdir(), 'cloudtask-plugins-'));
  });
  afterEach(() => rm(from, { recursive: true }));

  async function install(name: string, cloudtask: object, code: string): Promise<void> {
    const folder = join(from, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    const manifest = { name, type: 'module', main: './plugin.js', cloudtask: { plugin: './plugin.js', ...cloudtask } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'plugin.js'), code);
  }
  const load = (...names: string[]) => loadHandlers({ plugins: names.map((name) => ({ plugin: name, from })) });

  it('is loaded from the file that its package names', async () => {
    await install('my-plugin', { apiVersion: 1, types: ['p'] }, plugin('p'));
    expect([...(await load('my-plugin')).keys()]).toEqual(['p']);
    await expect(load('not-there')).rejects.toThrow('npm install not-there');
  });

  it.each([
    [2, 'npm install @cloudtask/worker@latest'],
    [0, 'npm install my-plugin@latest'],
  ])('of API version %i is refused before its code is run, with what to install', async (apiVersion, install_) => {
    await install('my-plugin', { apiVersion }, NEVER_RUN);
    await expect(load('my-plugin')).rejects.toThrow(install_);
  });

  it('that has a type of another is refused before any code is run, and loads with a prefix', async () => {
    await install('one', { types: ['same'] }, NEVER_RUN);
    await install('two', { types: ['same'] }, NEVER_RUN);
    await expect(load('one', 'two')).rejects.toThrow('two plugins have handlers for the type "same": one and two');
    await install('three', { types: ['same'] }, plugin('same'));
    await install('four', { types: ['same'] }, plugin('same'));
    const plugins = [
      { plugin: 'three', from },
      { plugin: 'four', from, options: { prefix: 'acme.' } },
    ];
    const handlers = await loadHandlers({ plugins });
    expect([...handlers.keys()]).toEqual(['same', 'acme.same']);
    expect(handlers.get('acme.same')).toMatchObject({ exportedType: 'same' });
  });

  it('whose manifest names other types than it has is refused', async () => {
    await install('liar', { types: ['p', 'q'] }, plugin('p'));
    await expect(load('liar')).rejects.toThrow(/cloudtask\.types .* differ in "q"/);
  });

  it('has its options checked, and its services get them', async () => {
    let seen: unknown;
    const notify = definePlugin({
      name: 'notify',
      version: '1.0.0',
      apiVersion: 1,
      handlers: [defineHandler({ type: 'notify', run: () => null })],
      services: {
        url: ({ config }) => {
          seen = config;
        },
      },
      configSchema: jsonSchema({ type: 'object', properties: { url: { type: 'string' } }, required: ['url'] }),
    });
    const host = new ServiceHost({ logger: silentLogger, environment: {} });
    await expect(loadHandlers({ plugins: [{ plugin: notify, options: {} }] }, { host })).rejects.toThrow(
      'the options of the plugin notify are refused',
    );
    const handlers = await loadHandlers({ plugins: [{ plugin: notify, options: { url: 'x' } }] }, { host });
    await handlers.get('notify')?.services?.build();
    expect(seen).toEqual({ url: 'x' });
  });
});
