import type { CloudTask, Job } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { refsOf } from '../jobs/refs.ts';
import type { Output } from '../output/output.ts';
import { printsNothing } from '../requests/own-requests.ts';
import { exitOfJobs } from '../watch/job-fate.ts';
import { noteReconnects } from '../watch/note-reconnects.ts';
import { sayStopped, untilInterrupted } from '../watch/stop-watching.ts';
import { matchesOf, refuseBoth, watchFlags, wishOf } from '../watch/watch-flags.ts';
import { watchJobs } from '../watch/watch-jobs.ts';
import { WatchNotes } from '../watch/watch-notes.ts';
import type { WatchWish } from '../watch/watch-wish.ts';

export default class Watch extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'follow jobs to their end';
  static override description =
    `On a terminal one job is a frame with its attempts, and several are a table; elsewhere each change is a line.
Jobs that are named are followed until all have ended. A filter goes on with the jobs that come, unless you say --until-done.
The exit code is their fate: 0 when every one completed, 3 when one did not, 8 when the time was over. Ctrl-C or q stops watching; the jobs go on.`;
  static override examples = [
    '<%= config.bin %> watch @last',
    '<%= config.bin %> watch 3f9a01c2 77b0d4e1 --timeout 5m',
    '<%= config.bin %> watch --type image.thumb --since 1h',
    '<%= config.bin %> watch --last 20 --notify',
    '<%= config.bin %> jobs list -s pending -o id | <%= config.bin %> watch - --fail-fast',
  ];
  static override aliases = ['jobs:watch'];
  static override usage = ['watch REF...', 'watch --type TYPE [--queue QUEUE] …'];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', ignoreStdin: true }),
  };
  static override flags = watchFlags;
  static override requests = printsNothing('It follows a stream of events, and opens it again where it breaks off.');

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Watch);
    const matches = matchesOf(flags);
    refuseBoth(words, matches);
    // The traffic that --debug shows would be written over the frame.
    const isScreen = out.look.screen && !flags.debug;
    const notes = new WatchNotes(out);
    const reconnects = noteReconnects((text) => notes.say(text));
    const ct = this.connect(this.settings(flags), reconnects.hooks);
    const which = matches ?? { kind: 'ids', ids: await refsOf({ ct, surroundings: this.surroundings }, words) };
    const seen = new Set<string>();
    const jobs = await this.#follow(ct, {
      out,
      notes,
      isScreen,
      isCompact: flags.compact,
      wish: wishOf(flags, which, isScreen),
      timeoutMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout),
      onEvent({ jobId }) {
        seen.add(jobId);
        reconnects.saw();
      },
    }).finally(() => {
      reconnects.close();
      if (flags.notify) ring(this.surroundings.stderr);
    });
    if (jobs === 'interrupted') return this.exitWith(sayStopped(out, [...seen]));
    if (jobs.length === 0) out.say('No jobs match.');
    this.exitWith(exitOfJobs(jobs));
  }

  async #follow(ct: CloudTask, following: Following): Promise<Job[] | 'interrupted'> {
    const { out, notes, isScreen, ...input } = following;
    const { surroundings } = this;
    return await untilInterrupted(async (signal, stop) => {
      if (!isScreen) return await watchJobs({ ct, out }, { ...input, signal, to: 'answer' });
      // Only here ink is loaded: it takes longer than most commands.
      const { watchOnScreen } = await import('../live/watch-on-screen.ts');
      return await watchOnScreen({ ct, out, surroundings }, { ...input, signal, stop, notes });
    });
  }
}

interface Following {
  out: Output;
  notes: WatchNotes;
  isScreen: boolean;
  isCompact: boolean;
  wish: WatchWish;
  timeoutMs: number | undefined;
  onEvent(event: { jobId: string }): void;
}

/** Only a terminal has a bell; in a file it would be a strange character. */
function ring(stderr: { isTTY?: boolean; write(text: string): unknown }): void {
  if (stderr.isTTY) stderr.write('\u0007');
}
