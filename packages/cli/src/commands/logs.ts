import { type CloudTask, type JobLog, LOG_LEVELS, type LogLevel } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { refArg } from '../jobs/ref-arg.ts';
import { refsOf } from '../jobs/refs.ts';
import { answerEach, answerList } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { printsReading } from '../requests/own-requests.ts';
import { logKind } from '../views/log-kind.ts';
import { sayStopped, untilInterrupted } from '../watch/stop-watching.ts';

export default class Logs extends CloudTaskCommand {
  static override summary = 'show what a job said while it ran';
  static override description =
    'Oldest line first. With -f it goes on with the lines that come, up to the end of the job. In a pipe: time, attempt, level, message and fields, separated by tabs.';
  static override examples = [
    '<%= config.bin %> logs @last -f',
    '<%= config.bin %> logs 3f9a01c2 --level warn --attempt 2',
    '<%= config.bin %> logs 3f9a01c2 --tail 50 -o jsonl',
  ];
  static override aliases = ['jobs:logs'];
  static override args = refArg;
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on with the lines that come' }),
    level: Flags.option({ description: 'lines of this level and more serious ones', options: LOG_LEVELS })(),
    attempt: Flags.integer({ description: 'only of this attempt', min: 1 }),
    tail: Flags.integer({ description: 'only the last lines, so many', min: 0 }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/logs$/, {
    follow: 'It goes on with the lines that come, which no single request does.',
  });

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Logs);
    const ct = this.client(flags);
    const [id = ''] = await refsOf({ ct, surroundings: this.surroundings }, [args.ref]);
    const { level, attempt, tail, follow, fields } = flags;
    const filter: LogWish = { ...(level && { level }), ...(attempt !== undefined && { attempt }) };
    const options = { fields, none: 'It has said nothing.' };
    if (!follow) {
      out.page();
      return answerList(out, await storedLines(ct, id, filter, tail), logKind, options);
    }

    const before = tail === undefined ? [] : await storedLines(ct, id, filter, tail);
    const show = (line: JobLog) => answerEach(out, [line], logKind, options);
    for (const line of before) show(line);
    // With --tail 0 there is no line to go on after: what was said before is the newest line, whatever its level.
    const last = before.at(-1) ?? (tail === undefined ? undefined : (await storedLines(ct, id, {}, 1)).at(-1));
    const ended = await untilInterrupted(async (signal) => {
      const after = last === undefined ? {} : { after: last.seq };
      for await (const line of ct.jobs.logs(id, { ...filter, ...after, follow: true, signal })) show(line);
    });
    if (ended === 'interrupted') this.exitWith(sayStopped(out, [id]));
  }
}

interface LogWish {
  level?: LogLevel;
  attempt?: number;
}

/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

async function storedLines(ct: CloudTask, id: string, filter: LogWish, tail: number | undefined): Promise<JobLog[]> {
  const order = tail === undefined ? 'oldest' : 'newest';
  const limit = Math.min(MAX_PAGE, Math.max(1, tail ?? MAX_PAGE));
  const lines = await ct.jobs
    .logs(id, { ...filter, order, limit })
    .toArray({ limit: tail ?? Number.POSITIVE_INFINITY });
  return tail === undefined ? lines : lines.reverse();
}
