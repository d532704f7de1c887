import { isFinal, WaitTimeoutError } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { refArg } from '../jobs/ref-arg.ts';
import { refsOf } from '../jobs/refs.ts';
import { refuseFailed, showResult } from '../jobs/show-result.ts';
import { printsReading } from '../requests/own-requests.ts';
import { sayStopped, untilInterrupted } from '../watch/stop-watching.ts';

export default class Result extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'print the result of a job';
  static override description =
    'Text as it is, all else as JSON. Exit 3 when the job ended without one, 8 when it has not ended.';
  static override examples = [
    '<%= config.bin %> result @last | jq .rows',
    '<%= config.bin %> result 3f9a01c2 --wait --timeout 5m',
  ];
  static override aliases = ['jobs:result'];
  static override args = refArg;
  static override flags = {
    wait: Flags.boolean({ char: 'w', description: 'wait for its end' }),
    timeout: durationFlag({ description: 'wait no longer than this', dependsOn: ['wait'] }),
  };
  static override requests = printsReading(/\/jobs\/[^/]+$/, {
    wait: 'It asks until the job has ended: how often depends on the answers.',
  });

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Result);
    const ct = this.client(flags);
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const job = await untilInterrupted((signal) =>
      flags.wait
        ? ct.jobs.wait(id, { signal, ...(timeoutMs !== undefined && { timeout: timeoutMs }) })
        : ct.jobs.get(id, { signal }),
    );
    if (job === 'interrupted') return this.exitWith(sayStopped(out, [id]));
    if (!isFinal(job.status)) throw new WaitTimeoutError(job, 0);
    refuseFailed(job);
    if (out.mode === 'id') out.answer(job.id);
    else showResult(out, job.result);
  }
}
