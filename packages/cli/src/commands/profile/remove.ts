import { credentialsOf } from '../../account/credentials.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerOne } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { changeProfiles, findProfile, profileArg } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileRemove extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'forget a profile and its session here';
  static override description = 'To end the session on the server too, log out first.';
  static override examples = ['<%= config.bin %> logout --profile old', '<%= config.bin %> profile remove old'];
  static override aliases = ['profile:rm'];
  static override args = profileArg;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { args, out } = await this.begin(ProfileRemove);
    const folder = folderOf(this.surroundings);
    const removed = findProfile(folder, args.profile);
    await credentialsOf(folder, removed.name).clear();
    await changeProfiles(folder, ({ profile, profiles: { [removed.name]: _, ...profiles } }) =>
      profile === undefined || profile === removed.name ? { profiles } : { profile, profiles },
    );
    answerOne(out, removed, profileKind);
  }
}
