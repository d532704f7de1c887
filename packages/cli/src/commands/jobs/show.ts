import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { parseFieldList, pickFields } from '../../pick-fields.ts';
import { refsOf } from '../../refs.ts';
import { jobDetails, jobPairs } from '../../views/job-details.ts';

export default class JobsShow extends CloudTaskCommand {
  static override summary = 'show one job';
  static override examples = ['<%= config.bin %> jobs show @last', '<%= config.bin %> jobs show 3f9a01c2 --json'];
  static override aliases = ['jobs:get'];
  static override args = {
    ref: Args.string({ description: 'id, end of an id, or @last', required: true, ignoreStdin: true }),
  };
  static override flags = { fields: Flags.string({ description: 'only these, such as id,status,error.code' }) };

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(JobsShow);
    const ct = this.connect(this.settings(flags));
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    const job = await ct.jobs.get(id);
    const picked = flags.fields === undefined ? undefined : pickFields(job, parseFieldList(flags.fields));
    if (out.mode === 'json' || out.mode === 'jsonl') out.json(picked ?? job);
    else if (out.mode === 'id') out.answer(job.id);
    else if (picked || out.mode === 'plain') for (const line of jobPairs(picked ?? job)) out.answer(line);
    else if (out.mode === 'human') {
      for (const line of jobDetails(job, out.style, out.look.unicode)) out.answer(line);
    }
  }
}
