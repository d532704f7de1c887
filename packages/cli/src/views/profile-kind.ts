import type { Kind } from '../output/answer.ts';

export interface ProfileInfo {
  name: string;
  url: string;
  /** The one that is meant when none is named. */
  isCurrent: boolean;
  /** Who is signed in. */
  user: string | null;
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
  ],
  details: ({ name, url, isCurrent, user }) => [
    `${name}  ${url}${isCurrent ? '  (in use)' : ''}`,
    `  ${user === null ? 'not signed in' : user}`,
  ],
};
