import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { durationFlag } from '../../duration-flag.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { answerOne } from '../../output/answer.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { drainKind } from '../../views/drain-kind.ts';
import { printable } from '../../views/printable.ts';
import { untilInterrupted } from '../../watch/stop-watching.ts';
import { findRunningWorker } from '../../workers/find-worker.ts';
import { jobsLeft, waitForEnd } from '../../workers/wait-for-end.ts';
import { workerArg } from '../../workers/worker-arg.ts';

export default class WorkersDrain extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'let a worker end what it runs, and then itself';
  static override description =
    'It takes no more jobs, and learns of it within 5 s. What does not end within its shutdown grace is given back and runs elsewhere; it costs no attempt. Then its process ends with 0, as at SIGTERM: an orchestrator that restarts what ends starts it anew, so scale it down first. Draining it again changes nothing but the reason. With --wait exit 8 when it has not ended in time. For operators.';
  static override examples = [
    '<%= config.bin %> workers drain web-1 --reason "kernel update"',
    '<%= config.bin %> workers drain web-1 --wait --timeout 5m',
    '<%= config.bin %> workers drain 12',
  ];
  static override args = workerArg;
  static override flags = {
    reason: Flags.string({ description: 'why; its log and workers show say it' }),
    wait: Flags.boolean({ char: 'w', description: 'wait until it has ended' }),
    timeout: durationFlag({ description: 'wait no longer than this', dependsOn: ['wait'] }),
  };

  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(WorkersDrain);
    const ct = this.client(flags);
    const { id, name } = await findRunningWorker(ct, args.worker);
    const asked = await ct.workers.drain(id, { ...(flags.reason !== undefined && { reason: flags.reason }) });
    if (!flags.wait) {
      answerOne(out, asked, drainKind);
      return out.next(`cloudtask workers show ${id}`);
    }
    let said = '';
    const ended = await untilInterrupted((signal) =>
      waitForEnd(ct, {
        id,
        signal,
        timeoutMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout),
        onLook(worker) {
          const line = `${printable(name)} drains: ${jobsLeft(worker)}`;
          if (line !== said && worker.endedAt === null) out.say(line);
          said = line;
        },
      }),
    );
    if (ended !== 'interrupted') return answerOne(out, ended, drainKind);
    out.say(`Stopped watching. ${printable(name)} goes on draining.`);
    this.exitWith(EXIT.interrupted);
  }
}
