import type { Look } from '../output/answer.ts';

export type Level = 'ok' | 'warn' | 'fail';

/** The colour never stands alone: each level has a sign of its own. */
export function mark(level: Level, { style, unicode }: Pick<Look, 'style' | 'unicode'>): string {
  switch (level) {
    case 'ok':
      return style.green(unicode ? '✓' : '+');
    case 'warn':
      return style.yellow('!');
    case 'fail':
      return style.red(unicode ? '✗' : 'x');
  }
}
