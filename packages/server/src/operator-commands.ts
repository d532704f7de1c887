import type { Settings, Values } from '@cloudtask/core/config';
import { pendingMigrations } from '@cloudtask/core/database/migrate';
import { mayHoldDatabase, openDatabase } from '@cloudtask/core/database/open-database';
import type { Logger } from '@cloudtask/core/logger';
import type { ServiceCommand } from '@cloudtask/core/service';
import { setOperator } from './store/accounts.ts';

/** Who can run programs on the server decides who is an operator; nobody can over HTTP. */
export function operatorCommands<S extends Settings>(
  settings: S,
  databaseUrlOf: (values: Values<S>) => string,
): Record<'grant-operator' | 'revoke-operator', ServiceCommand<S>> {
  const command = (describe: string, isOperator: boolean): ServiceCommand<S> => ({
    describe,
    arguments: '<email>',
    settings,
    async run(values, { logger, arguments: [email = ''] }) {
      await storeOperator({ databaseUrl: databaseUrlOf(values), logger }, { email, isOperator });
      console.log(isOperator ? `${email} is an operator` : `${email} is no operator by grant any more`);
    },
  });
  return {
    'grant-operator': command('Make an account an operator, and end.', true),
    'revoke-operator': command('Take that back, and end. It counts within 5 s.', false),
  };
}

async function storeOperator(
  { databaseUrl, logger }: { databaseUrl: string; logger: Logger },
  change: { email: string; isOperator: boolean },
): Promise<void> {
  // Made here it would be empty, and the answer that the account is missing.
  if (!mayHoldDatabase(databaseUrl)) {
    throw new Error(`there is no database at ${databaseUrl}: name the one that your platform uses, or start it there`);
  }
  const database = await openDatabase({ url: databaseUrl, applicationName: 'cloudtask-operators', logger });
  try {
    const [pending] = await pendingMigrations(database);
    if (pending) throw new Error(`the database lacks the migration ${pending.name}: run "npm run migrate" first`);
    if (!(await setOperator(database, change))) {
      throw new Error(`no account has the address ${change.email}: register it first, with POST /auth/register`);
    }
  } finally {
    await database.close();
  }
}
