import { closest } from '../closest.ts';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { Project, ProjectHandler } from '../import-worker.ts';

export function findHandler({ handlers }: Project, type: string): ProjectHandler {
  const found = handlers.find((each) => each.type === type);
  if (found) return found;
  const known = handlers.map((each) => each.type);
  const meant = closest(type, known);
  throw new CliError(`there is no handler for the type ${type.slice(0, 100)} here`, {
    code: 'HANDLER_NOT_FOUND',
    exit: EXIT.notFound,
    why: meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${meant}?`,
    tryThis: 'cloudtask handlers list',
  });
}
