import type { Database } from './database.ts';
import { holdsPglite, openPglite, openPgliteInMemory } from './pglite.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';

/** Opens the database that `url` names. Migrations are the caller's. */
export async function openDatabase(options: PostgresOptions): Promise<Database> {
  const { url } = options;
  if (/^postgres(ql)?:\/\//.test(url)) return await openPostgres(options);
  if (url === 'pglite:memory') return await openPgliteInMemory();
  const directory = directoryOf(url);
  if (directory) return await openPglite({ directory });
  throw new Error(
    `${describeScheme(url)} is no database this program knows. Use postgres://user:password@host:5432/name, ` +
      'pglite:DIRECTORY, or pglite:memory for a database that is forgotten at the end',
  );
}

/** False for a directory without an embedded database, which opening would make. Of a server only opening it tells. */
export function mayHoldDatabase(url: string): boolean {
  const directory = directoryOf(url);
  return directory === undefined || holdsPglite(directory);
}

function directoryOf(url: string): string | undefined {
  return /^pglite:(.+)$/.exec(url)?.[1];
}

// The rest of a mistyped URL may hold a password.
function describeScheme(url: string): string {
  const [, scheme] = /^([a-z][a-z0-9+.-]*:)/i.exec(url) ?? [];
  return scheme ? `a URL that starts with ${scheme}` : 'a URL without a scheme';
}
