import type { ScriptReport } from './messages.ts';

/** Filled by the stand-ins for the modules of k6. */
export const report: Omit<ScriptReport, 'options'> = { requests: [], checks: [], counters: {} };
