import { CloudTaskCommand } from '../cloudtask-command.ts';
import { type CommandInfo, commandTree } from '../command-tree.ts';
import { answerList, type Kind } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';

export default class Commands extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list all commands, with their flags as JSON';
  static override examples = ['<%= config.bin %> commands', '<%= config.bin %> commands --json'];
  static override flags = fieldsFlag;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Commands);
    answerList(out, commandTree(this.config), commandKind, { fields: flags.fields, none: '' });
  }
}

const commandKind: Kind<CommandInfo> = {
  id: ({ command }) => command,
  columns: [
    { title: 'COMMAND', text: ({ command }) => command },
    { title: 'DOES', text: ({ summary }) => summary },
  ],
};
