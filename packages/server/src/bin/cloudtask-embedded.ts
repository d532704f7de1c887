#!/usr/bin/env node
import { runService } from '@cloudtask/core/service';
import { composeEmbedded, readConfiguration } from '../embedded.ts';
import { databaseUrlOf, embeddedSettings, ownDatabase } from '../embedded-settings.ts';
import { operatorCommands } from '../operator-commands.ts';

let configuration: Awaited<ReturnType<typeof readConfiguration>>;

await runService({
  name: 'cloudtask',
  command: 'cloudtask-server all',
  describe: 'The whole platform in one process: API, worker, scheduler and results-processor.',
  settings: embeddedSettings,
  commands: operatorCommands(ownDatabase, databaseUrlOf),
  async readConfigFile(sources) {
    configuration = await readConfiguration(sources);
    return configuration?.settings;
  },
  graceMs: ({ shutdownGrace }) => shutdownGrace + 12_000,
  async start(values, { logger }) {
    const embedded = await composeEmbedded(values, { logger, handlers: [], configuration });
    return { ready: `CloudTask ready on ${embedded.url}`, close: () => embedded.close() };
  },
});
