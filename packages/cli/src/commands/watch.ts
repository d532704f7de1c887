import { parseDuration } from '@cloudtask/sdk/duration';
import { Args, Flags } from '@oclif/core';
import { usageError } from '../cli-error.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import { exitOfJobs } from '../job-fate.ts';
import { jobFilterFlags } from '../job-filter-flags.ts';
import { noteReconnects } from '../note-reconnects.ts';
import { refsOf } from '../refs.ts';
import { sayStopped, untilInterrupted } from '../stop-watching.ts';
import { watchJobs } from '../watch-jobs.ts';
import type { WatchedIds, WatchedMatches, WatchWish } from '../watch-wish.ts';

const { type, queue, tag, since } = jobFilterFlags;

export default class Watch extends CloudTaskCommand {
  static override summary = 'follow jobs to their end';
  static override description =
    `On a terminal one job is a frame with its attempts, and several are a table; elsewhere each change is a line.
Jobs that are named are followed until all have ended. A filter goes on with the jobs that come, unless you say --until-done.
The exit code is their fate: 0 when every one completed, 3 when one did not, 8 when the time was over. Ctrl-C or q stops watching; the jobs go on.`;
  static override examples = [
    '<%= config.bin %> watch @last',
    '<%= config.bin %> watch 3f9a01c2 77b0d4e1 --timeout 5m',
    '<%= config.bin %> watch --type image.thumb --since 1h',
    '<%= config.bin %> watch --last 20 --until-done --notify',
    '<%= config.bin %> jobs list -s pending -o id | <%= config.bin %> watch - --fail-fast',
  ];
  static override aliases = ['jobs:watch'];
  static override usage = ['watch REF...', 'watch --type TYPE [--queue QUEUE] …'];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', ignoreStdin: true }),
  };
  static override flags = {
    type,
    queue,
    tag,
    since,
    last: Flags.integer({ description: 'only the newest, so many', min: 1, max: 1_000 }),
    'until-done': Flags.boolean({ description: 'until all have ended (default for jobs that are named)' }),
    'fail-fast': Flags.boolean({ description: 'until the first one ends that did not complete' }),
    timeout: durationFlag({ description: 'watch no longer than this' }),
    logs: Flags.boolean({
      description: 'show what the jobs say, too (default for one job on a terminal)',
      allowNo: true,
    }),
    from: Flags.option({
      description: 'of what they say: all (default with --logs), or that of the attempt that runs',
      options: ['start', 'now'] as const,
    })(),
    compact: Flags.boolean({ description: 'less of each job, and no jobs that have ended' }),
    notify: Flags.boolean({ description: 'ring the bell of the terminal at the end' }),
  };

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Watch);
    const { surroundings } = this;
    const filter = filterOf(flags);
    refuseBoth(words, filter !== null);
    let say = (text: string) => out.say(text);
    const reconnects = noteReconnects((text) => say(text));
    const ct = this.connect(this.settings(flags), reconnects.hooks);
    const isOpen = flags['until-done'] !== true;
    // The traffic that --debug shows would be written over the frame.
    const isScreen = out.look.screen && !flags.debug;
    const which = filter === null ? await this.#idsOf(ct, words) : toMatches(filter, flags.last, isOpen);
    const isOne = which.kind === 'ids' && which.ids.length === 1;
    const wish: WatchWish = {
      which,
      logs: flags.logs ?? (isScreen && isOne),
      from: flags.from ?? (flags.logs === true ? 'start' : 'now'),
      failFast: flags['fail-fast'],
    };
    const timeoutMs = flags.timeout === undefined ? undefined : parseDuration(flags.timeout);
    const seen = new Set<string>();
    const onEvent = (event: { jobId: string }) => {
      seen.add(event.jobId);
      reconnects.saw();
    };
    const jobs = await untilInterrupted(async (signal, stop) => {
      if (!isScreen) return await watchJobs({ ct, out }, { wish, signal, timeoutMs, to: 'answer', onEvent });
      const { watchOnScreen } = await import('../live/watch-on-screen.ts');
      const onNote = (listener: typeof say) => {
        say = listener;
      };
      const input = { wish, signal, timeoutMs, isCompact: flags.compact, stop, onNote, onEvent };
      return await watchOnScreen({ ct, out, surroundings }, input);
    }).finally(() => {
      reconnects.close();
      if (flags.notify) ring(surroundings.stderr);
    });
    if (jobs === 'interrupted') return this.exitWith(sayStopped(out, [...seen]));
    if (jobs.length === 0) out.say('No jobs match.');
    this.exitWith(exitOfJobs(jobs));
  }

  async #idsOf(ct: Parameters<typeof refsOf>[0]['ct'], words: readonly string[]): Promise<WatchedIds> {
    return { kind: 'ids', ids: await refsOf({ ct, surroundings: this.surroundings }, words) };
  }
}

function filterOf(flags: {
  type?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  since?: string | undefined;
  last?: number | undefined;
}): WatchedMatches['filter'] | null {
  const { type, queue, tag, since, last } = flags;
  const filter = {
    ...(type !== undefined && { type }),
    ...(queue !== undefined && { queue }),
    ...(tag !== undefined && { tag }),
    ...(since !== undefined && { since }),
  };
  return Object.keys(filter).length === 0 && last === undefined ? null : filter;
}

/** As many as a table could ever need; the newest of them. */
const MOST_MATCHES = 1_000;

function toMatches(filter: WatchedMatches['filter'], last: number | undefined, isOpen: boolean): WatchedMatches {
  // Those that are the last ones now are a list, not a filter: nothing joins it.
  return { kind: 'matches', filter, limit: last ?? MOST_MATCHES, isOpen: isOpen && last === undefined };
}

function refuseBoth(words: readonly string[], hasFilter: boolean): void {
  if (words.length > 0 && !hasFilter) return;
  if (words.length === 0 && hasFilter) return;
  throw usageError(hasFilter ? 'name jobs or a filter, not both' : 'which jobs?', {
    why: 'A job is named by its id, the end of its id, or @last; many are chosen by flags such as --type and --last.',
    tryThis: 'cloudtask help watch',
  });
}

/** Only a terminal has a bell; in a file it would be a strange character. */
function ring(stderr: { isTTY?: boolean; write(text: string): unknown }): void {
  if (stderr.isTTY) stderr.write('\u0007');
}
