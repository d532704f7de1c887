import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The first test of a file waits for the platform to start: a second, or more on a machine that is busy.
  test: { include: ['{packages,apps}/*/test/**/*.test.ts'], testTimeout: 20_000 },
});
