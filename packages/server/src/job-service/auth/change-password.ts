import type { Session } from '@cloudtask/sdk/contract';
import { changePassword, findAccount } from '../../store/accounts.ts';
import { ApiProblem } from '../problem.ts';
import { badToken, type SessionCaller } from './caller.ts';
import { checkNewPassword, checkPasswordText } from './password-rules.ts';
import { openSession, type SessionsDeps } from './sessions.ts';
import { tryPassword } from './try-password.ts';

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

/** Ends all sessions of the account and begins a new one. API tokens go on: they never depended on the password. */
export async function changeOwnPassword(
  deps: SessionsDeps,
  { userId, familyId }: SessionCaller,
  { currentPassword, newPassword }: PasswordChange,
  address: string,
): Promise<Session> {
  checkPasswordText(currentPassword, '/currentPassword');
  checkPasswordText(newPassword, '/newPassword');
  const account = await findAccount(deps.database, userId);
  if (!account) throw badToken('TOKEN_REVOKED');
  const { email, passwordHash, tokenVersion } = account;
  checkNewPassword(newPassword, email, '/newPassword');
  const { isRight } = await tryPassword(deps, { email, address, password: currentPassword, passwordHash });
  if (!isRight) throw wrongPassword();
  const newHash = await deps.passwords.hash(newPassword);
  const changed = await changePassword(deps.database, { userId, tokenVersion, passwordHash: newHash });
  // Somebody else changed it while this request was under way.
  if (!changed) throw wrongPassword();
  return await openSession(deps, changed, familyId);
}

function wrongPassword(): ApiProblem {
  return new ApiProblem('WRONG_PASSWORD', 'The current password is another.');
}
