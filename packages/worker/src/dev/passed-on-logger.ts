import type { Logger } from '@cloudtask/core/logger';
import type { FromDevWorker } from './dev-messages.ts';

type Line = Extract<FromDevWorker, { kind: 'log' }>;

/** A logger whose lines somebody else writes. */
export function passedOnLogger(pass: (line: Line) => void, own: object = {}): Logger {
  const at =
    (level: Line['level']) =>
    (fields: object, message: string): void =>
      pass({ kind: 'log', level, fields: { ...own, ...fields }, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => passedOnLogger(pass, { ...own, ...fields }),
  };
}
