import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { keepPulled } from '../../handlers/pulled-jobs.ts';
import { resolveRef } from '../../jobs/resolve-ref.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { shortRef } from '../../views/status.ts';

export default class JobsPull extends CloudTaskCommand {
  static override summary = 'keep a job here, to run its handler with the same payload';
  static override description =
    "In .cloudtask/pulled/, which git does not see and only you can read: a payload is somebody's data. The answer is the path.";
  static override examples = ['<%= config.bin %> jobs pull 3f9a01c2 && <%= config.bin %> handlers run --job 3f9a01c2'];
  static override args = {
    ref: Args.string({ description: 'id, end of an id, or @last', required: true, ignoreStdin: true }),
  };
  static override requests = printsNothing(
    'It writes a job into a file here; jobs show --curl prints the request for it.',
  );

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(JobsPull);
    const ct = this.client(flags);
    const job = await ct.jobs.get(await resolveRef({ ct, folder: folderOf(this.surroundings) }, args.ref));
    const path = await keepPulled(this.surroundings.cwd, job);
    if (out.isData) out.data(job);
    else if (out.mode === 'id') out.answer(job.id);
    else if (out.mode !== 'none') out.answer(path);
    out.next(`cloudtask handlers run --job ${shortRef(job.id)}`);
  }
}
