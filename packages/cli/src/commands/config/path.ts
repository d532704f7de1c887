import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';

export default class ConfigPath extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'print the folder of profiles and sessions';
  static override examples = ['ls -l "$(<%= config.bin %> config path)"'];
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { out } = await this.begin(ConfigPath);
    const path = folderOf(this.surroundings);
    if (out.isData) out.data({ path });
    else if (out.mode !== 'none') out.answer(path);
  }
}
