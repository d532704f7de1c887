import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export function signedOut(url: string): CliError {
  return new CliError(`nobody is signed in on ${url}`, {
    code: 'UNAUTHENTICATED',
    exit: EXIT.notSignedIn,
    tryThis: 'cloudtask login',
  });
}
