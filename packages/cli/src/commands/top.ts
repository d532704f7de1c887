import { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { type Call, CloudTaskCommand } from '../cloudtask-command.ts';
import { durationFlag } from '../duration-flag.ts';
import type { Effect } from '../effect.ts';
import { usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { jobFilterFlags } from '../jobs/job-filter-flags.ts';
import { readTop, type TopSnapshot } from '../live/read-top.ts';
import { topFrameLines } from '../live/top-frame.ts';
import { beginTop, seeSnapshot } from '../live/top-state.ts';
import { answerOne, type Kind } from '../output/answer.ts';
import { printsNothing } from '../requests/own-requests.ts';
import { usedProfile } from '../settings/profile.ts';
import { untilInterrupted } from '../watch/stop-watching.ts';

export default class Top extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'queues, workers and jobs on one screen that stays up to date';
  static override description =
    `? shows the keys. What changes something asks first. Queues and workers are for operators; others see their jobs.
With --once it is printed once and needs no terminal; -o json is then one object for scripts.`;
  static override examples = [
    '<%= config.bin %> top',
    '<%= config.bin %> top --queue mail --refresh 5s --readonly',
    '<%= config.bin %> top --once -o json | jq .queues',
  ];
  static override flags = {
    refresh: durationFlag({ description: 'how often it looks again', default: '2s' }),
    queue: jobFilterFlags.queue,
    readonly: Flags.boolean({ description: 'no key changes anything (default on production)', allowNo: true }),
    once: Flags.boolean({ description: 'print it once and end' }),
  };
  static override requests = printsNothing(
    'It asks again and again, for several things; status --curl prints most of them.',
  );

  // On a production server keys change something only for those who ask for it.
  protected override effectOf({ flags }: Call): Effect {
    return flags.readonly === false ? 'changes' : 'reads';
  }

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Top);
    const { surroundings } = this;
    if (!flags.once && !(out.look.screen && surroundings.stdin.isTTY)) {
      throw usageError('top needs a terminal', {
        why: 'There is none here, or it cannot be drawn on (CI, TERM=dumb, a form for programs).',
        tryThis: 'cloudtask top --once',
      });
    }
    if (!flags.once && flags.debug) {
      throw usageError('--debug needs --once here', { why: 'What it shows would be written over the screen.' });
    }
    const refreshMs = parseDuration(flags.refresh);
    if (refreshMs < LEAST_REFRESH_MS) throw usageError(`--refresh is at least ${LEAST_REFRESH_MS} ms`);
    const settings = this.settings(flags);
    const ct = this.connect(settings);
    const profile = usedProfile(settings);
    const isProduction = this.production(settings) !== undefined;
    const isReadonly = flags.readonly ?? isProduction;
    const queue = flags.queue ?? null;
    const ended = await untilInterrupted(async (signal, stop) => {
      if (flags.once) {
        answerOne(
          out,
          await readTop(ct, { profile, queue, status: null, signal }),
          snapshotKind({ queue, isProduction }),
        );
        return;
      }
      const { runTop } = await import('../live/run-top.ts');
      await runTop({ ct, out, surroundings }, { profile, queue, isReadonly, isProduction, refreshMs, signal, stop });
    });
    // q is how it ends; Ctrl-C is an interruption, here too.
    if (ended === 'interrupted') this.exitWith(EXIT.interrupted);
  }
}

/** Of `-o wide`. */
const WIDEST = 240;

/** More often than this is a load test. */
const LEAST_REFRESH_MS = 250;

function snapshotKind(about: { queue: string | null; isProduction: boolean }): Kind<TopSnapshot> {
  return {
    columns: [],
    id: ({ url }) => url,
    details(snapshot, look) {
      // A box needs an end, however wide it may be.
      const width = Math.min(look.width, WIDEST);
      return topFrameLines(seeSnapshot(beginTop({ ...about, isReadonly: false }), snapshot), { ...look, width });
    },
  };
}
