import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { readSettings, type Setting } from '../../settings/read-settings.ts';

export default class ConfigList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show what counts here: server, profile, session, output';
  static override description =
    'With --origin also where each value comes from. A flag wins over the environment, that over cloudtask dev in this folder, that over the profile. Secrets are not shown.';
  static override examples = ['<%= config.bin %> config list --origin'];
  static override aliases = ['config:ls'];
  static override flags = { origin: Flags.boolean({ description: 'where each value comes from' }), ...fieldsFlag };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(ConfigList);
    const settings = readSettings(this.settings(flags), flags, this.surroundings);
    const columns = kind.columns.filter(({ title }) => title !== 'ORIGIN' || flags.origin);
    answerList(out, settings, { ...kind, columns }, { fields: flags.fields, none: '' });
  }
}

const kind: Kind<Setting> = {
  id: ({ name }) => name,
  columns: [
    { title: 'SETTING', text: ({ name }) => name },
    { title: 'VALUE', text: ({ value }) => value ?? '' },
    { title: 'ORIGIN', text: ({ origin }) => origin },
  ],
};
