import { closest } from './closest.ts';
import { CliError } from './errors/cli-error.ts';
import { EXIT } from './errors/exit-codes.ts';

/** The thing of that name, or an error that names the one that was meant. */
export function findNamed<T>(
  things: readonly T[],
  name: string,
  { what, nameOf, list }: { what: string; nameOf: (thing: T) => string; list: string },
): T {
  const found = things.find((each) => nameOf(each) === name);
  if (found !== undefined) return found;
  const meant = closest(name, things.map(nameOf));
  throw new CliError(`there is no ${what} ${name}`, {
    code: `${what.toUpperCase()}_NOT_FOUND`,
    exit: EXIT.notFound,
    ...(meant !== undefined && { why: `Did you mean ${meant}?` }),
    tryThis: list,
  });
}
