import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { workerKind } from '../../views/worker-kind.ts';

export default class WorkersList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list workers: what they run, and how busy they are';
  static override description = 'Those that run now. For operators.';
  static override examples = ['<%= config.bin %> workers list', '<%= config.bin %> workers list --all -o json'];
  static override aliases = ['workers:ls'];
  static override flags = { all: Flags.boolean({ description: 'also the last ones that are gone' }), ...fieldsFlag };
  static override requests = printsReading(/\/workers$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(WorkersList);
    const workers = await this.client(flags).workers.list({ all: flags.all }).toArray({ limit: 1_000 });
    answerList(out, workers, workerKind, { fields: flags.fields, none: 'No workers.' });
    if (workers.length === 0) out.next('cloudtask worker start');
  }
}
