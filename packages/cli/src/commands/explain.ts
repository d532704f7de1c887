import type { Explanation } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { refArg } from '../jobs/ref-arg.ts';
import { refsOf } from '../jobs/refs.ts';
import { answerList, answerOne, type Kind } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { printsReading } from '../requests/own-requests.ts';
import { explanationLines } from '../views/explanation-lines.ts';
import { plannedKind } from '../views/planned-kind.ts';

export default class Explain extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'say why a job is not running, and what happens next';
  static override description = 'The first ✗ is the reason. All codes are in docs/explain.md: cloudtask docs explain.';
  static override examples = [
    '<%= config.bin %> explain @last',
    '<%= config.bin %> explain 3f9a01c2 --retries',
    '<%= config.bin %> explain 3f9a01c2 --fields verdict,summary',
  ];
  static override aliases = ['jobs:explain'];
  static override args = refArg;
  static override flags = {
    retries: Flags.boolean({ description: 'only the attempts that are left, and when the latest of them would begin' }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/explain$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Explain);
    const ct = this.client(flags);
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    if (flags.retries) {
      const { retries } = await ct.jobs.explain(id);
      return answerList(out, retries, plannedKind, { fields: flags.fields, none: 'No attempt is left.' });
    }
    const [explanation, job] = await Promise.all([ct.jobs.explain(id), ct.jobs.get(id)]);
    const kind: Kind<Explanation> = {
      columns: [],
      id: ({ jobId }) => jobId,
      details: (each, look) => explanationLines(each, job, look),
    };
    answerOne(out, explanation, kind, flags.fields);
  }
}
