import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHandler } from '@cloudtask/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import handler from './handlers/blur.ts';
import { ppmHead, readPpm } from './picture/ppm.ts';

const white = { width: 8, height: 40, pixels: new Uint8Array(8 * 40 * 3).fill(255) };
const job = { picture: 'white', radius: 2 };

async function folderWithPicture(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  vi.stubEnv('PICTURES_DIR', folder);
  await writeFile(join(folder, 'white.ppm'), Buffer.concat([ppmHead(white), white.pixels]));
  return folder;
}

test('a white picture stays white, and each band of rows is a checkpoint', async () => {
  const folder = await folderWithPicture();
  const run = await runHandler(handler, job);
  expect(run).toMatchObject({ outcome: 'completed', checkpoints: [{ row: 16 }, { row: 32 }, { row: 40 }] });
  expect(run.progress.at(-1)).toMatchObject({ percent: 100, message: 'row 40 of 40' });
  expect(readPpm(await readFile(join(folder, 'white-blurred.ppm')))).toMatchObject({ width: 8, height: 40 });
});

test('a cancelled job leaves no picture', async () => {
  const folder = await folderWithPicture();
  const run = await runHandler(handler, job, { signal: AbortSignal.abort() });
  expect(run.outcome).toBe('cancelled');
  await expect(readFile(join(folder, 'white-blurred.ppm'))).rejects.toThrow('ENOENT');
});
