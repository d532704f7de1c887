import type { ApiToken } from '@cloudtask/sdk';
import type { Kind } from '../output/answer.ts';
import { formatAge } from './time.ts';

/** API tokens: what they are, never the tokens themselves. */
export const tokenKind: Kind<ApiToken> = {
  id: ({ id }) => id,
  columns: [
    { title: 'NAME', text: ({ name }) => name },
    { title: 'TOKEN', text: ({ hint }) => `${hint}…` },
    { title: 'ID', text: ({ id }) => id, in: ['wide', 'tsv'] },
    {
      title: 'CREATED',
      text: ({ createdAt }) => createdAt,
      at: ({ createdAt }) => createdAt,
      cell: ({ createdAt }, { now }) => ago(createdAt, now),
    },
    {
      title: 'EXPIRES',
      text: ({ expiresAt }) => expiresAt ?? '',
      at: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }, { now, style }) => {
        if (expiresAt === null) return { text: 'never' };
        const ms = Date.parse(expiresAt) - now;
        return ms <= 0 ? { text: 'expired', paint: style.red } : { text: `in ${formatAge(ms)}` };
      },
    },
    {
      title: 'LAST USED',
      text: ({ lastUsedAt }) => lastUsedAt ?? '',
      at: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }, { now }) => (lastUsedAt === null ? { text: 'never' } : ago(lastUsedAt, now)),
    },
    { title: 'SCOPES', text: ({ scopes }) => scopes.join(',') },
  ],
};

function ago(at: string, now: number): { text: string } {
  return { text: `${formatAge(Math.max(0, now - Date.parse(at)))} ago` };
}
