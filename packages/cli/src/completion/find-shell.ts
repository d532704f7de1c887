import { basename } from 'node:path';
import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';
import type { Surroundings } from '../surroundings.ts';
import { SHELLS, type Shell } from './completion-scripts.ts';

/** The shell that is named, or the one that somebody uses. */
export function findShell(named: string | undefined, { env }: Pick<Surroundings, 'env'>): Shell {
  const wanted = named ?? basename(env['SHELL'] ?? '');
  const shell = SHELLS.find((each) => each === (wanted === 'pwsh' ? 'powershell' : wanted));
  if (shell !== undefined) return shell;
  const meant = closest(wanted, SHELLS);
  throw usageError(wanted === '' ? 'which shell?' : `there is no completion for ${wanted}`, {
    why: meant === undefined ? `It is one of ${SHELLS.join(', ')}.` : `Did you mean ${meant}?`,
  });
}
