import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { answerOne } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf, rememberServer } from '../../settings/profile.ts';
import { findProfile, listProfiles } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileAdd extends CloudTaskCommand {
  static override summary = 'name a server';
  static override description =
    'Signing in with --profile does the same. Exit 6 when the name stands for another server.';
  static override examples = ['<%= config.bin %> profile add prod --url https://jobs.example.com'];
  static override args = {
    name: Args.string({ description: 'letters, digits and . _ -', required: true, ignoreStdin: true }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ProfileAdd);
    const { name } = args;
    if (!/^[\w.-]{1,60}$/.test(name)) throw usageError('a profile is named by letters, digits and . _ -');
    if (flags.url === undefined || !URL.canParse(flags.url)) throw usageError('which server? Pass --url https://…');
    const folder = folderOf(this.surroundings);
    const known = listProfiles(folder).find((each) => each.name === name);
    if (known && known.url !== flags.url) {
      throw new CliError(`profile ${name} stands for ${known.url}`, {
        code: 'PROFILE_EXISTS',
        exit: EXIT.refused,
        tryThis: `cloudtask profile remove ${name}`,
      });
    }
    await rememberServer(folder, name, flags.url);
    answerOne(out, findProfile(folder, name), profileKind);
    out.next(`cloudtask login --profile ${name}`);
  }
}
