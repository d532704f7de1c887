import { type CloudTask, type JobLog, LOG_LEVELS, type LogLevel } from '@cloudtask/sdk';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { refArg } from '../jobs/ref-arg.ts';
import { refsOf } from '../jobs/refs.ts';
import { answerEach, answerList } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { printsReading } from '../requests/own-requests.ts';
import { millisecondsOf, sinceFlag } from '../time-flag.ts';
import { logKind } from '../views/log-kind.ts';
import { sayStopped, untilInterrupted } from '../watch/stop-watching.ts';

export default class Logs extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show what a job said while it ran';
  static override description =
    'Oldest line first. With -f it goes on with the lines that come, up to the end of the job. In a pipe: time, attempt, level, message and fields, separated by tabs.';
  static override examples = [
    '<%= config.bin %> logs @last -f',
    '<%= config.bin %> logs 3f9a01c2 --level warn --attempt 2',
    '<%= config.bin %> logs 3f9a01c2 --since 5m -f',
    '<%= config.bin %> logs 3f9a01c2 --tail 50 -o jsonl',
  ];
  static override aliases = ['jobs:logs'];
  static override args = refArg;
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on with the lines that come' }),
    level: Flags.option({ description: 'lines of this level and more serious ones', options: LOG_LEVELS })(),
    attempt: Flags.integer({ description: 'only of this attempt', min: 1 }),
    since: sinceFlag({ description: 'only lines after: 5m, or a time' }),
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
    const { level, attempt, follow, fields } = flags;
    const sinceMs = flags.since === undefined ? undefined : millisecondsOf(flags.since);
    const end: LogEnd = { tail: flags.tail, sinceMs };
    const filter: LogWish = { ...(level && { level }), ...(attempt !== undefined && { attempt }) };
    const options = { fields, none: 'It has said nothing.' };
    if (!follow) {
      out.page();
      return answerList(out, await storedLines(ct, id, filter, end), logKind, options);
    }

    const isPart = end.tail !== undefined || end.sinceMs !== undefined;
    const before = isPart ? await storedLines(ct, id, filter, end) : [];
    const show = (line: JobLog) => answerEach(out, [line], logKind, options);
    for (const line of before) show(line);
    // Where none of the lines before is shown, there is none to go on after: it is the newest line, whatever its level.
    const last = before.at(-1) ?? (isPart ? (await storedLines(ct, id, {}, { tail: 1 })).at(-1) : undefined);
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

/** Which of the lines that are kept: the last ones, so many, or those since a time. Default: all. */
interface LogEnd {
  tail?: number | undefined;
  sinceMs?: number | undefined;
}

async function storedLines(ct: CloudTask, id: string, filter: LogWish, { tail, sinceMs }: LogEnd): Promise<JobLog[]> {
  if (tail === undefined && sinceMs === undefined)
    return await ct.jobs.logs(id, { ...filter, limit: MAX_PAGE }).toArray({ limit: Number.POSITIVE_INFINITY });
  const lines: JobLog[] = [];
  const limit = Math.min(MAX_PAGE, Math.max(1, tail ?? MAX_PAGE));
  if (tail === 0) return lines;
  // From the end: a job may have said much before.
  for await (const line of ct.jobs.logs(id, { ...filter, order: 'newest', limit })) {
    if (sinceMs !== undefined && Date.parse(line.at) < sinceMs) break;
    if (lines.push(line) === tail) break;
  }
  return lines.reverse();
}
