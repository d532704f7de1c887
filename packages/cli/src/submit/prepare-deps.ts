import type { Output } from '../output/output.ts';
import type { KnownTypes } from '../schema/known-types.ts';
import type { Surroundings } from '../surroundings.ts';

/** What making a job out of a command line takes. */
export interface PrepareDeps {
  types: KnownTypes;
  out: Output;
  surroundings: Surroundings;
}
