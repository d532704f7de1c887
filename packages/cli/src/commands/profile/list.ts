import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { listProfiles } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list your servers; * is the one that is meant when none is named';
  static override examples = ['<%= config.bin %> profile list', '<%= config.bin %> jobs list --profile prod'];
  static override aliases = ['profile:ls'];
  static override flags = fieldsFlag;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(ProfileList);
    const profiles = listProfiles(folderOf(this.surroundings));
    answerList(out, profiles, profileKind, { fields: flags.fields, none: 'No profiles: sign in, and there is one.' });
    if (profiles.length === 0) out.next('cloudtask login --url https://jobs.example.com');
  }
}
