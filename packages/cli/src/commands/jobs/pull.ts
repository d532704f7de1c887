import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { keepPulled, keepPulledIn } from '../../handlers/pulled-jobs.ts';
import { resolveRef } from '../../jobs/resolve-ref.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { shellWord } from '../../views/shell-word.ts';
import { shortRef } from '../../views/status.ts';

export default class JobsPull extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'keep a job here, to run its handler with the same payload';
  static override description =
    "In .cloudtask/pulled/, which git does not see and only you can read: a payload is somebody's data. The answer is the path.";
  static override examples = [
    '<%= config.bin %> jobs pull 3f9a01c2 && <%= config.bin %> handlers run --job 3f9a01c2',
    '<%= config.bin %> jobs pull 3f9a01c2 --out test/fixtures',
  ];
  static override flags = {
    out: Flags.string({ description: 'in this folder instead; only you can read the file', helpValue: 'DIR' }),
  };
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
    const { cwd } = this.surroundings;
    const path = await (flags.out === undefined ? keepPulled(cwd, job) : keepPulledIn(cwd, flags.out, job));
    if (out.isData) out.data(job);
    else if (out.mode === 'id') out.answer(job.id);
    else if (out.mode !== 'none') out.answer(path);
    out.next(`cloudtask handlers run --job ${flags.out === undefined ? shortRef(job.id) : shellWord(path)}`);
  }
}
