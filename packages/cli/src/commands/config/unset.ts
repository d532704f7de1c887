import { DEFAULT_PROFILE } from '@cloudtask/sdk/node/profiles';
import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { configKey } from '../../settings/config-keys.ts';
import { folderOf } from '../../settings/profile.ts';
import { changeProfiles } from '../../settings/profiles.ts';

export default class ConfigUnset extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'forget a setting, so that its default counts again';
  static override description =
    'profile: none is chosen any more. url: the profile in use, or that of -p, is removed; its session stays until logout.';
  static override examples = [
    '<%= config.bin %> config unset profile',
    '<%= config.bin %> config unset url -p staging',
  ];
  static override args = {
    setting: Args.string({ description: 'profile or url', required: true, ignoreStdin: true }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(ConfigUnset);
    const key = configKey(args.setting);
    await changeProfiles(folderOf(this.surroundings), ({ profile, profiles }) => {
      if (key === 'profile') return { profiles };
      const gone = flags.profile ?? profile ?? DEFAULT_PROFILE;
      const { [gone]: _, ...rest } = profiles;
      return profile === undefined || profile === gone ? { profiles: rest } : { profile, profiles: rest };
    });
    if (out.isData) out.data({ name: key, value: null });
    else if (out.mode !== 'none') out.answer(key);
  }
}
