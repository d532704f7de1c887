import { CloudTask } from '@cloudtask/sdk';
import { buildApp } from './app.ts';

const cloudtask = new CloudTask();
const app = buildApp(cloudtask);
app.addHook('onClose', () => cloudtask.close());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());
console.log(`listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
