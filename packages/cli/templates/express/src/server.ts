import { once } from 'node:events';
import { CloudTask } from '@cloudtask/sdk';
import { buildApp } from './app.ts';

const cloudtask = new CloudTask();
const server = buildApp(cloudtask).listen(Number(process.env.PORT ?? 3000));
await once(server, 'listening');
console.log(`listening on port ${(server.address() as { port: number }).port}`);

async function stop() {
  server.close();
  await once(server, 'close');
  await cloudtask.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
