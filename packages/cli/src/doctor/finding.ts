import type { Level } from '../views/mark.ts';

/** What one check found. */
export interface Finding {
  /** Which check, stable: `node`, `clock`, … */
  id: string;
  level: Level;
  message: string;
  /** What helps; null when nothing has to be done. */
  fix: string | null;
}

export function finding(id: string, level: Level, message: string, fix: string | null = null): Finding {
  return { id, level, message, fix };
}
