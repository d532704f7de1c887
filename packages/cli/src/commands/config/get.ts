import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { readSettings, type Setting } from '../../settings/read-settings.ts';
import { printable } from '../../views/printable.ts';

export default class ConfigGet extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'print what counts here for one setting';
  static override description =
    'With --origin also where it comes from. A session is shown by its account, never by its token.';
  static override examples = ['<%= config.bin %> config get url', '<%= config.bin %> config get profile --origin'];
  static override args = {
    setting: Args.string({ description: 'url, profile, … (cloudtask config list)', required: true, ignoreStdin: true }),
  };
  static override flags = { origin: Flags.boolean({ description: 'where the value comes from, too' }) };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ConfigGet);
    const settings = readSettings(this.settings(flags), flags, this.surroundings);
    const nameOf = ({ name }: Setting) => name;
    const found = findNamed(settings, args.setting, { what: 'setting', nameOf, list: 'cloudtask config list' });
    if (out.isData || out.mode === 'id') answerOne(out, found, settingKind);
    else if (out.mode !== 'none')
      out.answer(printable(found.value ?? '') + (flags.origin ? `\t${printable(found.origin)}` : ''));
  }
}

const settingKind: Kind<Setting> = { columns: [], id: ({ name }) => name };
