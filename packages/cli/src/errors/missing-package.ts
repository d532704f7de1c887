import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** For an `import()` of a package that not everybody has: the command that installs it. Any other error stays what it is. */
export function missingPackage(name: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) return error;
  return new CliError(`${name} is not installed`, {
    code: 'PACKAGE_MISSING',
    exit: EXIT.other,
    tryThis: `npm install ${name}`,
    cause: error,
  });
}
