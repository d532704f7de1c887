import type { Kind } from '../output/answer.ts';

export interface ProfileInfo {
  name: string;
  url: string;
  /** The one that is meant when none is named. */
  isCurrent: boolean;
  /** Who is signed in. */
  user: string | null;
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
    { title: 'ACCOUNT', text: ({ user }) => user ?? '', cell: ({ user }) => ({ text: user ?? 'not signed in' }) },
    {
      title: '',
      text: productionText,
      cell: (profile, { style }) => ({ text: productionText(profile), paint: style.red }),
    },
  ],
  details: ({ name, url, isCurrent, user, isProduction }, { style }) => [
    `${name}  ${url}${isCurrent ? '  (in use)' : ''}${isProduction ? `  ${style.red('production')}` : ''}`,
    `  ${user === null ? 'not signed in' : user}`,
  ],
};

function productionText({ isProduction }: ProfileInfo): string {
  return isProduction ? 'production' : '';
}
