import { defineConfig } from '@cloudtask/sdk';

export default defineConfig(({ mode }) => ({
  handlers: './apps/worker/src/handlers',
  worker: { concurrency: mode === 'production' ? 20 : 5 },
}));
