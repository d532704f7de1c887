import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { answerOne, type Kind } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { readStatus, type Status } from '../read-status.ts';
import { printsAll } from '../requests/own-requests.ts';
import { statusLines } from '../views/status-lines.ts';

export default class StatusCommand extends CloudTaskCommand {
  static override summary = 'show whether the server is well, and what needs a look';
  static override description =
    'Workers, slots and throughput are for operators. With --check exit 9 when something needs attention.';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --check -q || notify'];
  static override flags = {
    check: Flags.boolean({ description: 'exit 9 when something needs attention' }),
    ...fieldsFlag,
  };
  static override requests = printsAll();

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(StatusCommand);
    const settings = this.settings(flags);
    const status = await readStatus(this.connect(settings), settings.profile);
    answerOne(out, status, statusKind, flags.fields);
    if (flags.check && status.attention.length > 0) this.exitWith(EXIT.problems);
  }
}

const statusKind: Kind<Status> = { columns: [], id: ({ url }) => url, details: statusLines };
