import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineHandler } from '@cloudtask/sdk';
import { blur } from '../jobs/blur.ts';
import { blurRows } from '../picture/blur-rows.ts';
import { ppmHead, readPpm } from '../picture/ppm.ts';

const ROWS_AT_A_TIME = 16;

export default defineHandler(
  blur,
  async ({ picture: name, radius }, { checkpoint, job, log, progress, resumeFrom, signal }) => {
    const folder = process.env['PICTURES_DIR'] ?? 'pictures';
    const picture = readPpm(await readFile(join(folder, `${name}.ppm`)));
    const { width, height } = picture;
    const head = ppmHead(picture);
    const firstRow = resumeFrom<{ row: number }>()?.row ?? 0;
    // The pid is that of the child process which has this job and nothing else.
    log.info(`begins at row ${firstRow} of ${height}`, { pid: process.pid });

    // By the id of the job, so that two jobs with one picture do not write into one file.
    const part = join(folder, `.${job.id}.part`);
    await using file = await open(part, firstRow === 0 ? 'w' : 'r+');
    await file.write(head, 0, head.length, 0);
    for (let row = firstRow; row < height; row += ROWS_AT_A_TIME) {
      const end = Math.min(height, row + ROWS_AT_A_TIME);
      const rows = blurRows(picture, radius, row, end);
      await file.write(rows, 0, rows.length, head.length + row * width * 3);
      // Only now: what a checkpoint calls done has to be in the file.
      checkpoint({ row: end });
      progress((100 * end) / height, `row ${end} of ${height}`);
      // Hears of a cancel. Without a turn of the event loop it would not, and be killed after the grace.
      await nextTurn();
      signal.throwIfAborted();
    }
    await rename(part, join(folder, `${name}-blurred.ppm`));
    return { file: `${name}-blurred.ppm`, rows: height };
  },
  { isolation: 'process', memoryLimit: 512 },
);
