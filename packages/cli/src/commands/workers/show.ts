import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { workerDetailsKind } from '../../views/worker-details.ts';
import { findWorker } from '../../workers/find-worker.ts';
import { workerArg } from '../../workers/worker-arg.ts';

export default class WorkersShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show one worker, and what it runs now';
  static override description =
    'By its name, its host or its id: the one that takes jobs, else the newest. For operators.';
  static override examples = [
    '<%= config.bin %> workers show web-1',
    '<%= config.bin %> workers show web-1 --fields state,drain,running',
  ];
  static override args = workerArg;
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/workers\/\d+$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(WorkersShow);
    const ct = this.client(flags);
    const { id } = await findWorker(ct, args.worker);
    answerOne(out, await ct.workers.get(id), workerDetailsKind, flags.fields);
  }
}
