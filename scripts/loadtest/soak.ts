// k6 run scripts/loadtest/soak.ts
import { loadTest } from './k6-load-test.ts';

export const { options, setup, request, teardown } = loadTest('soak');
