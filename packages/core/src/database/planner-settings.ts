/**
 * Our statements find rows by key, whatever the tables hold. A plan made while a table was small would read all of it
 * when it has grown (a prepared statement keeps its plan), and planning anew each time takes as long as running
 * (docs/decisions/0002-batched-statements.md). With sequential scans priced out of reach, JIT would compile every plan.
 */
export const PLANNER_SETTINGS: Readonly<Record<string, string>> = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
};
