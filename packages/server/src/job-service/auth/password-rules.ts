import { invalid } from '@cloudtask/core/submission/input-refused';
import type { Issue } from '@cloudtask/sdk/contract';
import { ApiProblem } from '../problem.ts';
import { isCommonPassword } from './common-passwords.ts';

const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_BYTES = 1_024;

/** Length and a list of common ones, no rules of composition: those make passwords worse. */
export function checkNewPassword(password: string, email: string, path = '/password'): void {
  const message = objection(password, email);
  if (message === undefined) return;
  const issue: Issue = { path, message };
  throw new ApiProblem('WEAK_PASSWORD', `The password ${message}.`, { issues: [issue] });
}

// Half a surrogate pair would become the same replacement character as any other: two passwords, one hash.
export function checkPasswordText(password: string, path = '/password'): void {
  if (!password.isWellFormed()) throw invalid([{ path, message: 'is not well-formed Unicode' }]);
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw invalid([{ path, message: `must have at most ${MAX_PASSWORD_BYTES} bytes` }]);
  }
}

function objection(password: string, email: string): string | undefined {
  if ([...password].length < MIN_PASSWORD_CHARACTERS) return `must have at least ${MIN_PASSWORD_CHARACTERS} characters`;
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return `must have at most ${MAX_PASSWORD_BYTES} bytes`;
  const folded = password.toLowerCase();
  const [name = ''] = email.toLowerCase().split('@');
  if (folded === email.toLowerCase() || folded === name) return 'must not be the e-mail address';
  if (isCommonPassword(password)) return 'is one of the most common ones';
  return undefined;
}
