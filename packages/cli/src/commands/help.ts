import { Args, Command, Flags } from '@oclif/core';
import CloudTaskHelp, { NO_PAGER } from '../help.ts';

// Not @oclif/plugin-help: a plugin is found, read and loaded at every start, for these lines.
export default class HelpCommand extends Command {
  static override summary = 'show what a command does, with examples';
  static override examples = ['<%= config.bin %> help submit', '<%= config.bin %> help exit-codes'];
  static override args = { command: Args.string({ description: 'a command or a topic', ignoreStdin: true }) };
  static override flags = {
    'nested-commands': Flags.boolean({ char: 'n', description: 'list the commands of topics too' }),
    pager: Flags.boolean({ description: 'show what is long in a pager', allowNo: true, default: true }),
  };
  static override strict = false;

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(HelpCommand);
    await new CloudTaskHelp(this.config, { all: flags['nested-commands'] }).showHelp([
      ...(argv as string[]),
      ...(flags.pager ? [] : [NO_PAGER]),
    ]);
  }
}
