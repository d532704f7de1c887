// A development platform in a process of its own, to be killed: one job for the handlers of the folder that it is given.
import { databaseClock } from '@cloudtask/core/clock';
import { startDevWorkers } from '../../src/dev/dev-workers.ts';
import { TestPlatform } from '../support/test-platform.ts';

const [, , cwd = ''] = process.argv;
const platform = await TestPlatform.inMemory();
const clock = await databaseClock(platform.parts.database, new AbortController().signal);
await startDevWorkers({ platform: { ...platform.parts, clock }, cwd, handlersFolder: 'handlers', onEvent: () => {} });
await platform.submit('say');
