import { afterAll } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import { type OwnDatabase, openOwnDatabase } from '../../../core/test/protocol/own-database.ts';
import { operationsConformance } from './operations.conformance.ts';

describeServices('the numbers of a server', ['postgres'], (urls) => {
  let own: OwnDatabase | undefined;
  afterAll(() => own?.close());

  operationsConformance('PostgreSQL', async () => {
    own = await openOwnDatabase(urls.postgres);
    return own.db;
  });
});
