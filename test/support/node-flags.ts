import { fileURLToPath } from 'node:url';

export const COMPILE_CACHE = fileURLToPath(new URL('./compile-cache.cjs', import.meta.url));

/**
 * How tests start Node: themselves, and every process of ours that they start.
 *
 * - `source`: imports between packages resolve to src/*.ts, so that no test sees a stale build.
 * - `liftoff-only`: the code of the embedded database is compiled once and simply. Optimising it for a database that lives
 *   for seconds took two thirds of all that opening one costs: 4.6 s of processor time each, against 1.8 s.
 */
export const NODE_FLAGS = ['--conditions=source', '--liftoff-only', '--require', COMPILE_CACHE];
