import { afterAll } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import { type OwnDatabase, openOwnDatabase } from './own-database.ts';
import { protocolConformance } from './protocol.conformance.ts';

describeServices('PostgreSQL', ['postgres'], ({ postgres }) => {
  let own: OwnDatabase | undefined;
  afterAll(() => own?.close());

  protocolConformance('PostgreSQL', async () => {
    own = await openOwnDatabase(postgres);
    return own.db;
  });
});
