#!/usr/bin/env node
import { runService } from '@cloudtask/core/service';
import { composeEmbedded } from '../embedded.ts';
import { databaseUrlOf, embeddedSettings, ownDatabase } from '../embedded-settings.ts';
import { operatorCommands } from '../operator-commands.ts';

await runService({
  name: 'cloudtask',
  describe: 'The whole platform in one process: API, worker, scheduler and results-processor.',
  settings: embeddedSettings,
  commands: operatorCommands(ownDatabase, databaseUrlOf),
  graceMs: ({ shutdownGrace }) => shutdownGrace + 12_000,
  async start(values, { logger }) {
    const embedded = await composeEmbedded(values, { logger, handlers: [] });
    return { ready: `CloudTask ready on ${embedded.url}`, close: () => embedded.close() };
  },
});
