import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownFolder } from '../../../../test/support/own-folder.ts';
import { readDevConfiguration } from '../../src/dev/dev-configuration.ts';

const NAMES = ['DEV_TEST_A', 'DEV_TEST_B', 'DEV_TEST_C'] as const;
const variables = () => NAMES.map((name) => process.env[name]);

describe('the variables of a development platform', () => {
  let folder: string;
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  const config = (text: string) => write('cloudtask.config.mjs', `export default ${text};`);
  const read = () => readDevConfiguration({}, folder);
  beforeEach(async () => {
    folder = await realpath(await ownFolder('dev-variables'));
  });
  afterEach(async () => {
    for (const name of NAMES) delete process.env[name];
    await rm(folder, { recursive: true });
  });

  it('come from .env and .env.local, and those that are there already win', async () => {
    await write('.env', 'DEV_TEST_A=env\nDEV_TEST_B=env\nDEV_TEST_C=env\n');
    await write('.env.local', 'DEV_TEST_B=local\nDEV_TEST_C=local\n');
    process.env['DEV_TEST_C'] = 'own';
    expect(await read()).toBeUndefined();
    expect(variables()).toEqual(['env', 'local', 'own']);
  });

  it('need no file', async () => {
    expect(await read()).toBeUndefined();
    expect(variables()).toEqual([undefined, undefined, undefined]);
  });

  it('are there when the configuration is read, which is found above the working directory', async () => {
    await write('.env', 'DEV_TEST_A=from-env\n');
    await config(`{ handlers: process.env.DEV_TEST_A }`);
    await mkdir(join(folder, 'deep'));
    const configuration = await readDevConfiguration({}, join(folder, 'deep'));
    expect(configuration?.settings.values['CLOUDTASK_HANDLERS']).toBe(join(folder, 'from-env'));
  });

  it('come from the files that the configuration names, instead of the usual ones', async () => {
    await write('.env', 'DEV_TEST_A=usual\nDEV_TEST_B=usual\n');
    await write('.env.dev', 'DEV_TEST_B=dev\n');
    await config(`() => ({ handlers: process.env.DEV_TEST_B, dev: { env: ['.env.dev', '.env.missing'] } })`);
    const configuration = await read();
    expect(variables()).toEqual([undefined, 'dev', undefined]);
    expect(configuration?.settings.values['CLOUDTASK_HANDLERS']).toBe(join(folder, 'dev'));
  });

  it.each([
    [`{ dev: { env: '.env' } }`, '"env" must be a list of files'],
    [`{ dev: { port: 1 } }`, 'there is no "port" here: use env'],
  ])('are refused with the line when the configuration says %s', async (text, message) => {
    await config(text);
    await expect(read()).rejects.toThrow(message);
  });
});
