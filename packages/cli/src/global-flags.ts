import { Flags } from '@oclif/core';
import { OUTPUT_MODES, TIME_FORMS } from './output/presentation.ts';

const helpGroup = 'GLOBAL';

/** The same on every command, before or after its name. `hoist-flags.ts` knows their names. */
export const globalFlags = {
  profile: Flags.string({ char: 'p', description: 'which of your servers', helpGroup }),
  url: Flags.string({ description: 'address of the server', helpGroup }),
  output: Flags.string({ char: 'o', description: 'form of the answer', options: [...OUTPUT_MODES], helpGroup }),
  json: Flags.boolean({ description: 'same as -o json', helpGroup }),
  jq: Flags.string({
    description: 'the JSON through this program of jq; text is bare',
    helpValue: 'EXPR',
    helpGroup,
  }),
  quiet: Flags.boolean({ char: 'q', description: 'only the answer and errors', helpGroup }),
  input: Flags.boolean({
    description: 'ask for what is missing (default on a terminal)',
    allowNo: true,
    default: true,
    helpGroup,
  }),
  pager: Flags.boolean({
    description: 'show what is long in a pager (default on a terminal)',
    allowNo: true,
    default: true,
    helpGroup,
  }),
  color: Flags.string({ description: 'when to use colours', options: ['auto', 'always', 'never'], helpGroup }),
  time: Flags.option({ description: 'form of times', options: TIME_FORMS, helpGroup })(),
  curl: Flags.boolean({ description: 'print it as curl, and send nothing', exclusive: ['ts'], helpGroup }),
  ts: Flags.boolean({ description: 'print it as TypeScript, and send nothing', helpGroup }),
  debug: Flags.boolean({
    description: 'show each request, and stack traces; --debug=http: headers and bodies too',
    helpGroup,
  }),
  // What `--debug=http` is spelt as for the framework, whose switches take no values.
  'debug-http': Flags.boolean({ hidden: true, helpGroup }),
};
