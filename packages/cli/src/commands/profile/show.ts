import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { findProfile, profileArg } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show one profile';
  static override examples = ['<%= config.bin %> profile show prod'];
  static override args = profileArg;
  static override flags = fieldsFlag;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ProfileShow);
    answerOne(out, findProfile(folderOf(this.surroundings), args.profile), profileKind, flags.fields);
  }
}
