import type { SessionStore } from '@cloudtask/sdk/node/profiles';
import type { Kind } from '../output/answer.ts';

export interface ProfileInfo {
  name: string;
  url: string;
  /** The one that is meant when none is named. */
  isCurrent: boolean;
  /** Who is signed in; null also when only the keyring knows. */
  user: string | null;
  store: SessionStore;
  /** Destroying something there needs its name once more. */
  isProduction: boolean;
}

export const profileKind: Kind<ProfileInfo> = {
  id: ({ name }) => name,
  columns: [
    {
      title: 'PROFILE',
      text: ({ name }) => name,
      cell: ({ name, isCurrent }) => ({ text: isCurrent ? `${name} *` : name }),
    },
    { title: 'URL', text: ({ url }) => url },
    { title: 'ACCOUNT', text: ({ user }) => user ?? '', cell: (profile) => ({ text: accountText(profile) }) },
    {
      title: '',
      text: productionText,
      cell: (profile, { style }) => ({ text: productionText(profile), paint: style.red }),
    },
  ],
  details: (profile, { style }) => [
    `${profile.name}  ${profile.url}${profile.isCurrent ? '  (in use)' : ''}${profile.isProduction ? `  ${style.red('production')}` : ''}`,
    `  ${accountText(profile)}`,
  ],
};

function accountText({ user, store }: ProfileInfo): string {
  return user ?? (store === 'keyring' ? 'in the keyring' : 'not signed in');
}

function productionText({ isProduction }: ProfileInfo): string {
  return isProduction ? 'production' : '';
}
