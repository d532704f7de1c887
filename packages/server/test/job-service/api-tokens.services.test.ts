import { afterAll } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import { type OwnDatabase, openOwnDatabase } from '../../../core/test/protocol/own-database.ts';
import { apiTokenConformance } from './api-tokens.conformance.ts';

describeServices('the accounts of a server', ['postgres'], (urls) => {
  let own: OwnDatabase | undefined;
  afterAll(() => own?.close());

  apiTokenConformance('PostgreSQL', async () => {
    own = await openOwnDatabase(urls.postgres);
    return own.db;
  });
});
