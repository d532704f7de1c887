import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { refArg } from '../../jobs/ref-arg.ts';
import { refsOf } from '../../jobs/refs.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { jobKind } from '../../views/job-kind.ts';

export default class JobsShow extends CloudTaskCommand {
  static override summary = 'show one job';
  static override examples = ['<%= config.bin %> jobs show @last', '<%= config.bin %> jobs show 3f9a01c2 --json'];
  static override aliases = ['jobs:get'];
  static override args = refArg;
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/jobs\/[^/]+$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(JobsShow);
    const ct = this.connect(this.settings(flags));
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    answerOne(out, await ct.jobs.get(id), jobKind, flags.fields);
  }
}
