import { Args, Flags } from '@oclif/core';
import { storeFlag } from '../../account/credentials.ts';
import { moveSession } from '../../account/keep-in.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { answerOne } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { folderOf, rememberProfile } from '../../settings/profile.ts';
import { findProfile, listProfiles } from '../../settings/profiles.ts';
import { profileKind } from '../../views/profile-kind.ts';

export default class ProfileAdd extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'name a server';
  static override description =
    'Signing in with --profile does the same. With --production its name is shown before every change, and destroying something there needs that name once more, typed or as --confirm NAME. --store keyring keeps its session in the keyring of this system, also the one that is there. For a profile that is there, only what is given changes. Exit 6 when the name stands for another server.';
  static override examples = [
    '<%= config.bin %> profile add prod --url https://jobs.example.com --production',
    '<%= config.bin %> profile add prod --no-production',
  ];
  static override args = {
    name: Args.string({ description: 'letters, digits and . _ -', required: true, ignoreStdin: true }),
  };
  static override flags = {
    production: Flags.boolean({ description: 'people depend on this server', allowNo: true }),
    ...storeFlag,
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ProfileAdd);
    const { name } = args;
    if (!/^[\w.-]{1,60}$/.test(name)) throw usageError('a profile is named by letters, digits and . _ -');
    const folder = folderOf(this.surroundings);
    const known = listProfiles(folder).find((each) => each.name === name);
    const url = flags.url ?? known?.url;
    if (url === undefined || !URL.canParse(url)) throw usageError('which server? Pass --url https://…');
    if (known && known.url !== url) {
      throw new CliError(`profile ${name} stands for ${known.url}`, {
        code: 'PROFILE_EXISTS',
        exit: EXIT.refused,
        tryThis: `cloudtask profile remove ${name}`,
      });
    }
    const { production, store } = flags;
    if (store !== undefined) await moveSession(folder, name, store);
    await rememberProfile(folder, name, { url, production, store });
    answerOne(out, findProfile(folder, name), profileKind);
    if (!known?.user) out.next(`cloudtask login --profile ${name}`);
  }
}
