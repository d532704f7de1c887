import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { typeKind } from '../../views/type-kind.ts';

export default class TypesList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list the types of jobs that the server knows';
  static override description = 'Those that workers registered or run.';
  static override examples = ['<%= config.bin %> types list', '<%= config.bin %> types show email'];
  static override aliases = ['types:ls'];
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/types$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(TypesList);
    const types = await this.client(flags).types.list().toArray({ limit: Number.POSITIVE_INFINITY });
    answerList(out, types, typeKind, { fields: flags.fields, none: 'No types: no worker has registered one.' });
  }
}
