import { DEFAULT_PROFILE } from '@cloudtask/sdk/node/profiles';
import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { configKey } from '../../settings/config-keys.ts';
import { folderOf, unknownProfile } from '../../settings/profile.ts';
import { changeProfiles } from '../../settings/profiles.ts';

export default class ConfigSet extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'keep a setting: the profile in use, or the server of a profile';
  static override description =
    'profile chooses which of your servers is meant; url changes the server of a profile, -p says which. A session belongs to the server that gave it, so another url needs another login.';
  static override examples = [
    '<%= config.bin %> config set profile prod',
    '<%= config.bin %> config set url https://jobs.example.com -p prod',
  ];
  static override args = {
    setting: Args.string({ description: 'profile or url', required: true, ignoreStdin: true }),
    value: Args.string({ description: 'its value', required: true, ignoreStdin: true }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ConfigSet);
    const key = configKey(args.setting);
    const { value } = args;
    if (key === 'url') refuseNoUrl(value);
    await changeProfiles(folderOf(this.surroundings), (kept) => {
      const { profiles } = kept;
      if (key === 'profile') {
        if (!Object.hasOwn(profiles, value)) throw unknownProfile(value, Object.keys(profiles));
        return { ...kept, profile: value };
      }
      const name = flags.profile ?? kept.profile ?? DEFAULT_PROFILE;
      return {
        ...kept,
        profile: kept.profile ?? name,
        profiles: { ...profiles, [name]: { ...profiles[name], url: value } },
      };
    });
    if (out.isData) out.data({ name: key, value });
    else if (out.mode === 'id') out.answer(key);
    else if (out.mode !== 'none') out.answer(value);
  }
}

function refuseNoUrl(value: string): void {
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return;
  throw usageError('url must be an address like https://jobs.example.com, without a password');
}
