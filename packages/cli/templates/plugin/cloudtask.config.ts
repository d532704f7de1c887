import { defineConfig } from '@cloudtask/sdk';

// For development. A project that uses the plugin names its package here, and may put `prefix` before its types.
export default defineConfig({ plugins: ['./src/index.ts'] });
