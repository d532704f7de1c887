import { Flags } from '@oclif/core';
import { OUTPUT_MODES } from './presentation.ts';

const helpGroup = 'GLOBAL';

/** The same on every command, before or after its name. `hoist-flags.ts` knows their names. */
export const globalFlags = {
  profile: Flags.string({ char: 'p', description: 'which of your servers', helpGroup }),
  url: Flags.string({ description: 'address of the server', helpGroup }),
  output: Flags.string({ char: 'o', description: 'form of the answer', options: [...OUTPUT_MODES], helpGroup }),
  json: Flags.boolean({ description: 'same as -o json', helpGroup }),
  quiet: Flags.boolean({ char: 'q', description: 'only the answer and errors', helpGroup }),
  input: Flags.boolean({
    description: 'ask for what is missing (default on a terminal)',
    allowNo: true,
    default: true,
    helpGroup,
  }),
  color: Flags.string({ description: 'when to use colours', options: ['auto', 'always', 'never'], helpGroup }),
  debug: Flags.boolean({ description: 'show each request, and stack traces', helpGroup }),
};
