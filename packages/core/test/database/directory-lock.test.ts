import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUse, describeHolder, lockDirectory, readHolder } from '../../src/database/directory-lock.ts';
import { Child } from './child.ts';

describe('the lock of a data directory', () => {
  let directory: string;
  const children: Child[] = [];
  const hold = (...args: string[]) => {
    const child = new Child('hold-directory.ts', [directory, ...args]);
    children.push(child);
    return child;
  };
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'cloudtask-lock-')), 'data');
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill9()));
    await rm(join(directory, '..'), { recursive: true, force: true });
  });

  it('refuses a second process, with the name of the first and what to do', async () => {
    const lock = lockDirectory(directory);
    describeHolder(directory, { url: 'http://127.0.0.1:3000' });
    const second = hold();
    await second.said(1);
    expect(second.lines).toEqual(['in use']);
    lock.close();
  });

  it('names its holder in the refusal', async () => {
    const holder = hold('http://127.0.0.1:3000');
    await holder.said(1);
    const failure = failureOf(() => lockDirectory(directory));
    expect(failure).toBeInstanceOf(DirectoryInUse);
    const { message } = failure as DirectoryInUse;
    expect(message).toContain(`process ${holder.pid} (since `);
    for (const part of [directory, 'http://127.0.0.1:3000', '--data-dir', 'CLOUDTASK_DATABASE_URL']) {
      expect(message).toContain(part);
    }
    expect(failure).toMatchObject({ code: 'DIRECTORY_IN_USE', holder: { pid: holder.pid } });
  });

  it('refuses a second holder in the same process', () => {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`);
    lock.close();
  });

  it('is still held after others were refused and after its name was read', async () => {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    expect(readHolder(directory)).toMatchObject({ pid: process.pid });
    const second = hold();
    await second.said(1);
    expect(second.lines).toEqual(['in use']);
    lock.close();
  });

  it('is free at once after kill -9 of its holder', async () => {
    const holder = hold();
    await holder.said(1);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    await holder.kill9();
    const lock = lockDirectory(directory);
    expect(readHolder(directory)).toMatchObject({ pid: process.pid });
    lock.close();
  });

  it('stays with a holder that is merely stopped', async () => {
    const holder = hold();
    await holder.said(1);
    holder.signal('SIGSTOP');
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
  });

  it('goes to exactly one of several that come at the same time', async () => {
    const all = [hold(), hold(), hold(), hold()];
    await Promise.all(all.map((child) => child.said(1)));
    expect(all.flatMap((child) => child.lines).sort()).toEqual(['in use', 'in use', 'in use', 'locked']);
  });

  it('is free again after it was closed, and closing it twice does not free the next one’s', () => {
    const first = lockDirectory(directory);
    first.close();
    expect(readHolder(directory)).toBeUndefined();
    const second = lockDirectory(directory);
    first.close();
    expect(readHolder(directory)).toMatchObject({ pid: process.pid });
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    second.close();
  });

  it('makes the directory, for its owner only', async () => {
    lockDirectory(directory).close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('is not said to be in use when it cannot be taken for another reason', async () => {
    lockDirectory(directory).close();
    await rm(join(directory, '.lock'));
    await mkdir(join(directory, '.lock'));
    const failure = failureOf(() => lockDirectory(directory));
    expect(failure).not.toBeInstanceOf(DirectoryInUse);
    expect(failure).toMatchObject({ message: `cannot lock the data directory ${directory}`, cause: expect.any(Error) });
  });
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
