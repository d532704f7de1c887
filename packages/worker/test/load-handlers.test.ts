import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHandlers } from '../src/load-handlers.ts';

const handler = (type: string) => defineHandler({ type, run: () => null });
const source = (type: string) => `export default { job: { type: ${JSON.stringify(type)} }, run: () => 1 };\n`;

describe('loading handlers', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudtask-handlers-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  it('finds what the files of a folder export, also deeper', async () => {
    await file('a.mjs', source('a'));
    await file(
      'deep/b.ts',
      `const type: string = 'b';\nexport const b = { job: { type }, run: (): number => 1 };\nexport default b;\n`,
    );
    await file('helper.mjs', 'export const x = 1;\n');
    await file('a.test.mjs', 'throw new Error("not run");\n');
    expect([...(await loadHandlers({ folder })).keys()]).toEqual(['a', 'b']);
  });

  it('refuses two handlers for a type and names both files', async () => {
    const [one, two] = [await file('one.mjs', source('same')), await file('two.mjs', source('same'))];
    await expect(loadHandlers({ folder })).rejects.toThrow(
      `two handlers for the type "same": one in ${one}, one in ${two}`,
    );
  });

  it('lets a handler take the place of a built-in one', async () => {
    const own = handler('email');
    const handlers = await loadHandlers({ handlers: [own], builtIn: [handler('email'), handler('sleep')] });
    expect(handlers.get('email')?.run).toBe(own.run);
    expect(handlers.has('sleep')).toBe(true);
  });

  it.each(['../x', '__proto__ ', 'a b', '', 'x'.repeat(101)])('refuses the type %j', async (type) => {
    await expect(loadHandlers({ handlers: [{ job: { type }, run: () => null }] })).rejects.toThrow('is no job type');
  });

  it('refuses files and folders that everybody may write to', async () => {
    const path = await file('a.mjs', source('a'));
    await chmod(path, 0o666);
    await expect(loadHandlers({ folder })).rejects.toThrow(`chmod o-w ${path}`);
    await chmod(path, 0o600);
    await chmod(folder, 0o777);
    await expect(loadHandlers({ folder })).rejects.toThrow('everybody may write');
  });

  it('refuses links that lead out of the folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'cloudtask-outside-'));
    await writeFile(join(outside, 'evil.mjs'), source('evil'));
    await symlink(join(outside, 'evil.mjs'), join(folder, 'evil.mjs'));
    await expect(loadHandlers({ folder })).rejects.toThrow('leads out of');
    await rm(join(folder, 'evil.mjs'));
    await symlink(outside, join(folder, 'evil'));
    await expect(loadHandlers({ folder })).rejects.toThrow('leads out of');
    await rm(outside, { recursive: true });
  });

  it('says which file does not load, and when there is nothing to load', async () => {
    await expect(loadHandlers({ folder })).rejects.toThrow('no file in');
    await expect(loadHandlers({ folder: join(folder, 'nowhere') })).rejects.toThrow('no such folder');
    await expect(loadHandlers({})).rejects.toThrow('there are no handlers');
    const path = await file('broken.mjs', 'throw new Error("boom");\n');
    await expect(loadHandlers({ folder })).rejects.toThrow(`the handlers in ${path} cannot be loaded: boom`);
  });

  it('lets overrides decide between two, and refuses those for nothing', async () => {
    await file('one.mjs', source('same'));
    await file('two.mjs', source('same'));
    const own = handler('same');
    expect((await loadHandlers({ folder, overrides: { same: own } })).get('same')?.run).toBe(own.run);
    const wrong = loadHandlers({ folder, overrides: { same: own, other: handler('other') } });
    await expect(wrong).rejects.toThrow('overrides has "other", but no handler was found');
  });
});
