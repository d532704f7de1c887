import { statSync } from 'node:fs';
import { credentialsPath, DEFAULT_PROFILE, readProfiles, type SessionStore } from '@cloudtask/sdk/node/profiles';
import { endOf } from '../../account/api-token.ts';
import { credentialsOf, keptSessions } from '../../account/credentials.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { folderOf } from '../../settings/profile.ts';
import { formatAge } from '../../views/time.ts';

interface SessionInfo {
  profile: string;
  isCurrent: boolean;
  url: string;
  user: string;
  /** Of the access token; it is renewed by itself. Null: an API token, of which only the server knows. */
  expiresAt: string | null;
  store: SessionStore;
  path: string;
  /** Octal; null in the keyring. */
  mode: string | null;
}

export default class AuthStatus extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show all sessions that are kept here, and where';
  static override description =
    'Asks no server: cloudtask whoami does. A token that is over is renewed by the next command, as long as the session lasts. Tokens are not shown.';
  static override examples = ['<%= config.bin %> auth status', '<%= config.bin %> auth status --json'];
  static override flags = fieldsFlag;
  static override requests = printsNothing('It looks at the sessions that are kept here.');

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(AuthStatus);
    const { env } = this.surroundings;
    const folder = folderOf(this.surroundings);
    const path = credentialsPath(folder);
    const { profile: current = DEFAULT_PROFILE } = readProfiles(folder);
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    const sessions = keptSessions(folder).map(({ profile, stored, store }) => ({
      profile,
      isCurrent: profile === current,
      url: stored.url,
      user: stored.user.email,
      expiresAt: endOf(stored),
      store,
      path: store === 'file' ? path : credentialsOf(folder, profile).path,
      mode: store === 'file' ? (mode & 0o777).toString(8) : null,
    }));
    answerList(out, sessions, sessionKind, { fields: flags.fields, none: 'Nobody is signed in.' });
    const variable = ['CLOUDTASK_TOKEN', 'CLOUDTASK_TOKEN_FILE'].find((name) => env[name]);
    if (variable !== undefined) out.say(`${variable} is set and wins over every session.`);
  }
}

const sessionKind: Kind<SessionInfo> = {
  id: ({ profile }) => profile,
  columns: [
    { title: '', text: ({ isCurrent }) => (isCurrent ? '*' : ''), in: ['human', 'wide'] },
    { title: 'PROFILE', text: ({ profile }) => profile },
    { title: 'SERVER', text: ({ url }) => url },
    { title: 'ACCOUNT', text: ({ user }) => user },
    {
      title: 'TOKEN',
      text: ({ expiresAt }) => expiresAt ?? '',
      cell: ({ expiresAt }, { now }) => {
        if (expiresAt === null) return { text: 'an API token' };
        const leftMs = Date.parse(expiresAt) - now;
        return { text: leftMs > 0 ? `${formatAge(leftMs)} left` : 'to be renewed' };
      },
    },
    { title: 'STORE', text: ({ store, mode }) => (mode === null ? store : `${store} ${mode}`) },
    { title: 'PLACE', text: ({ path }) => path, in: ['wide', 'tsv'] },
  ],
};
