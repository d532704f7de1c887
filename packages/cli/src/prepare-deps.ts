import type { KnownTypes } from './known-types.ts';
import type { Output } from './output.ts';
import type { Surroundings } from './surroundings.ts';

/** What making a job out of a command line takes. */
export interface PrepareDeps {
  types: KnownTypes;
  out: Output;
  surroundings: Surroundings;
}
