import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Style } from './style.ts';

const GLYPHS: Record<JobStatus, [unicode: string, ascii: string]> = {
  SCHEDULED: ['◷', '@'],
  PENDING: ['○', 'o'],
  RUNNING: ['●', '*'],
  RETRYING: ['↻', '~'],
  COMPLETED: ['✓', '+'],
  FAILED: ['✗', 'x'],
  CANCELLED: ['⊘', '-'],
  EXPIRED: ['◌', '.'],
};

const COLORS: Record<JobStatus, keyof Style> = {
  SCHEDULED: 'dim',
  PENDING: 'dim',
  RUNNING: 'blue',
  RETRYING: 'yellow',
  COMPLETED: 'green',
  FAILED: 'red',
  CANCELLED: 'yellow',
  EXPIRED: 'yellow',
};

export function glyph(status: JobStatus, unicode: boolean): string {
  return (GLYPHS[status] ?? ['?', '?'])[unicode ? 0 : 1];
}

/** The colour never stands alone: glyph and word say the same. */
export function paintStatus(status: JobStatus, text: string, style: Style): string {
  return style[COLORS[status] ?? 'bold'](text);
}

/** What people read: `completed`. */
export function word(status: JobStatus): string {
  return status.toLowerCase();
}

/** The part of an id that is enough to name a job: its random end, 32 bits among a caller's latest 1,000 jobs. */
export function shortRef(id: string): string {
  return id.slice(-8);
}
