import { describe } from 'vitest';
import { firingConformance } from './fire-schedules.conformance.ts';

describe('schedules on PGlite', () => firingConformance(async () => ({})));
