import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { changeProfiles, findProfile, profileArg } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileUse extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'choose the profile that is meant when none is named';
  static override examples = ['<%= config.bin %> profile use prod'];
  static override args = profileArg;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { args, out } = await this.begin(ProfileUse);
    const folder = folderOf(this.surroundings);
    const { name } = findProfile(folder, args.profile);
    await changeProfiles(folder, (config) => ({ ...config, profile: name }));
    answerOne(out, findProfile(folder, name), profileKind);
    if (this.surroundings.env['CLOUDTASK_PROFILE']) out.warn('CLOUDTASK_PROFILE is set, and wins over this.');
  }
}
