import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { workerKind } from '../../views/worker-kind.ts';

export default class WorkersShow extends CloudTaskCommand {
  static override summary = 'show one worker';
  static override description = 'By its name, its host or its id; the newest one. For operators.';
  static override examples = ['<%= config.bin %> workers show web-1'];
  static override args = {
    worker: Args.string({ description: 'name, host or id', required: true, ignoreStdin: true }),
  };
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/workers$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(WorkersShow);
    const workers = await this.client(flags).workers.list({ all: true }).toArray({ limit: 1_000 });
    const byOther = workers.find(({ id, host }) => host === args.worker || String(id) === args.worker);
    const nameOf = ({ name }: { name: string }) => name;
    const worker =
      byOther ?? findNamed(workers, args.worker, { what: 'worker', nameOf, list: 'cloudtask workers list' });
    answerOne(out, worker, workerKind, flags.fields);
  }
}
