import type { AccessToken, CloudTask } from '@cloudtask/sdk';
import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';

/** The token that requests are signed with now: renewed, and kept renewed, when it is over. Null: there is none. */
export async function currentToken(ct: CloudTask, auth: FoundSettings['auth']): Promise<AccessToken | null> {
  if (typeof auth === 'string') return { token: auth };
  // Settings hold no passwords.
  if (auth === undefined || !('getToken' in auth)) return null;
  const context = {
    signal: new AbortController().signal,
    login: (credentials: Parameters<CloudTask['auth']['login']>[0]) => ct.auth.login(credentials),
    refresh: (refreshToken: string) => ct.auth.refresh(refreshToken),
  };
  const token = await auth.getToken({ ...context, forceRefresh: false });
  return token && isOver(token) ? auth.getToken({ ...context, forceRefresh: true }) : token;
}

/** Whoever pastes it into a command needs a moment. */
const LEAST_LEFT_MS = 30_000;

function isOver({ expiresAt }: AccessToken): boolean {
  return expiresAt !== undefined && expiresAt.getTime() - Date.now() < LEAST_LEFT_MS;
}
