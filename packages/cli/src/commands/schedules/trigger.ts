import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { rememberLastJob } from '../../jobs/last-job.ts';
import { answerOne } from '../../output/answer.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { scheduleArg } from '../../schedules/schedule-flags.ts';
import { folderOf } from '../../settings/profile.ts';
import { jobKind } from '../../views/job-kind.ts';
import { printable } from '../../views/printable.ts';
import { glyph, shortRef } from '../../views/status.ts';

export default class SchedulesTrigger extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'make a job of a schedule now';
  static override description = 'Beside its slots, also while it is paused. In a pipe the answer is the id of the job.';
  static override examples = ['<%= config.bin %> schedules trigger nightly', '<%= config.bin %> watch @last'];
  static override args = scheduleArg;
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(SchedulesTrigger);
    const ct = this.client(flags);
    const job = await ct.schedules.trigger(args.schedule);
    await rememberLastJob(folderOf(this.surroundings), ct.url, job.id);
    if (out.mode === 'plain') out.answer(job.id);
    else if (out.mode !== 'human') answerOne(out, job, jobKind);
    else out.answer(`${glyph(job.status, out.look.unicode)} ${job.id}  ${printable(job.type)}`);
    out.next(`cloudtask watch ${shortRef(job.id)}`);
  }
}
