import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { answerOne, type Kind } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import type { Output } from '../output/output.ts';
import { readStatus, type Status } from '../read-status.ts';
import { printsAll } from '../requests/own-requests.ts';
import { usedProfile } from '../settings/profile.ts';
import { statusLines } from '../views/status-lines.ts';
import { untilInterrupted } from '../watch/stop-watching.ts';

export default class StatusCommand extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show whether the server is well, and what needs a look';
  static override description =
    'Workers, slots and throughput are for operators. With --check exit 9 when something needs attention. With --watch it stays up to date until Ctrl-C: in place on a terminal, an object a line elsewhere.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --check -q || notify',
    '<%= config.bin %> status --watch',
  ];
  static override flags = {
    check: Flags.boolean({ description: 'exit 9 when something needs attention' }),
    watch: Flags.boolean({ description: 'look again every 2 s', exclusive: ['check', 'fields'] }),
    ...fieldsFlag,
  };
  static override requests = printsAll();

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(StatusCommand);
    const settings = this.settings(flags);
    if (flags.watch) return this.#watch(settings, out);
    const status = await readStatus(this.connect(settings), usedProfile(settings));
    answerOne(out, status, statusKind, flags.fields);
    if (flags.check && status.attention.length > 0) this.exitWith(EXIT.problems);
  }

  async #watch(settings: FoundSettings & { url: string }, out: Output): Promise<void> {
    const { surroundings } = this;
    const ct = this.connect(settings);
    const { watchStatus } = await import('../live/watch-status.ts');
    const profile = usedProfile(settings);
    const ended = await untilInterrupted((signal, stop) =>
      watchStatus({ ct, out, surroundings }, { profile, everyMs: EVERY_MS, signal, stop }),
    );
    if (ended === 'interrupted') this.exitWith(EXIT.interrupted);
  }
}

const EVERY_MS = 2_000;

const statusKind: Kind<Status> = { columns: [], id: ({ url }) => url, details: statusLines };
