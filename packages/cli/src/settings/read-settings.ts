import { join } from 'node:path';
import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';
import { readProfiles } from '@cloudtask/sdk/node/profiles';
import type { Surroundings } from '../surroundings.ts';
import { folderOf } from './profile.ts';

export interface Setting {
  name: string;
  value: string | null;
  /** A flag, a variable, a file, or `default`. */
  origin: string;
}

interface GivenFlags {
  profile?: string | undefined;
  url?: string | undefined;
  output?: string | undefined;
  json?: boolean | undefined;
  color?: string | undefined;
  input?: boolean | undefined;
}

/** What counts in this folder, and where each value comes from. Secrets are named, not shown. */
export function readSettings(
  found: FoundSettings & { url: string },
  flags: GivenFlags,
  { env, home }: Pick<Surroundings, 'env' | 'home'>,
): Setting[] {
  const folder = folderOf({ env, home });
  const config = join(folder, 'config.json');
  const { profile } = readProfiles(folder);
  const from = (flag: unknown, name: string, text: string, variable: string): [string, string] | undefined => {
    if (flag !== undefined) return [text, `--${name}`];
    return env[variable] ? [env[variable], variable] : undefined;
  };
  const chosenOutput = flags.output ?? (flags.json ? 'json' : undefined);
  const rows: [string, [string | null, string]][] = [
    [
      'profile',
      from(flags.profile, 'profile', found.profile, 'CLOUDTASK_PROFILE') ?? [
        found.profile,
        profile === undefined ? 'default' : config,
      ],
    ],
    ['url', [found.url, originOfUrl(found, flags, config)]],
    ['session', sessionOf(found, env)],
    [
      'output',
      from(chosenOutput, 'output', chosenOutput ?? '', 'CLOUDTASK_OUTPUT') ?? ['human, tsv in a pipe', 'default'],
    ],
    ['color', colorOf(flags, env)],
    [
      'ask',
      flags.input === false
        ? ['no', '--no-input']
        : env['CLOUDTASK_NO_INPUT']
          ? ['no', 'CLOUDTASK_NO_INPUT']
          : ['on a terminal', 'default'],
    ],
    [
      'config-folder',
      [
        folder,
        env['CLOUDTASK_CONFIG_DIR'] ? 'CLOUDTASK_CONFIG_DIR' : env['XDG_CONFIG_HOME'] ? 'XDG_CONFIG_HOME' : 'default',
      ],
    ],
  ];
  return rows.map(([name, [value, origin]]) => ({ name, value, origin }));
}

function originOfUrl({ origin, profile }: FoundSettings, flags: GivenFlags, config: string): string {
  const origins: Record<FoundSettings['origin'], string> = {
    given: flags.url === undefined ? 'default' : '--url',
    environment: 'CLOUDTASK_URL',
    dev: 'cloudtask dev in this folder',
    profile: `${config}, profile ${profile}`,
    none: 'default',
  };
  return origins[origin];
}

function sessionOf({ usesToken, session, origin }: FoundSettings, env: Surroundings['env']): [string | null, string] {
  if (usesToken) return ['a token', env['CLOUDTASK_TOKEN'] ? 'CLOUDTASK_TOKEN' : 'CLOUDTASK_TOKEN_FILE'];
  const stored = session?.read();
  if (!stored) return [null, 'nobody is signed in'];
  return [stored.user.email, origin === 'dev' ? 'cloudtask dev in this folder' : (session?.path ?? '')];
}

function colorOf({ color }: GivenFlags, env: Surroundings['env']): [string, string] {
  if (color !== undefined) return [color, '--color'];
  if (env['NO_COLOR']) return ['never', 'NO_COLOR'];
  const forced = ['FORCE_COLOR', 'CLICOLOR_FORCE'].find((name) => env[name]);
  return forced === undefined ? ['auto', 'default'] : ['always', forced];
}
