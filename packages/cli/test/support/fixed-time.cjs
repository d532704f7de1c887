// Preloaded into the command: it is always the same moment, so that ages are too. Timers go on as ever.
'use strict';

const NOW_MS = Date.parse('2026-11-23T12:30:00.000Z');
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(NOW_MS);
    else super(...given);
  }

  static now() {
    return NOW_MS;
  }
};
if (process.env.CLOUDTASK_TEST_COLUMNS) process.stdout.columns = Number(process.env.CLOUDTASK_TEST_COLUMNS);
