import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { NODE_FLAGS } from './test/support/node-flags.ts';

// `source` makes every import between packages resolve to src/*.ts: tests never see a stale build.
// Nothing more may stand here: vitest hands them to Node too, and with `import` a require() would get the wrong file.
const conditions = ['source', 'node'];
// Code under test starts threads (`new Worker(new URL('./x.ts', …))`) and child processes; they need the condition too.
const execArgv = NODE_FLAGS;
// npm links the packages of this example, for whoever installs there; tests find them without.
const alias = { '@shop/contracts': `${import.meta.dirname}/examples/monorepo-types/contracts/src/index.ts` };

const STAGE_COMMAND = './packages/cli/test/support/stage-command.ts';

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions, externalConditions: ['source'] } },
  test: {
    globals: false,
    // oclif and ink write to the real stdout; vitest's interception would make their output empty in tests.
    disableConsoleIntercept: true,
    restoreMocks: true,
    unstubEnvs: true,
    execArgv,
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['packages/*/test/**/*.test.{ts,tsx}', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.services.test.ts'],
          pool: 'forks',
          // Files at terminals and with processes of their own wait for a quarter of their time: one more than there are cores.
          maxWorkers: availableParallelism() + 1,
          testTimeout: 15_000,
          hookTimeout: 30_000,
          globalSetup: [STAGE_COMMAND],
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          sequence: { groupOrder: 1 },
          include: ['packages/*/test/**/*.services.test.ts'],
          pool: 'forks',
          // These files start servers and several services each, and wait for half of their time; more at a time than this
          // only makes timings lie.
          maxWorkers: Math.min(3, availableParallelism() + 1),
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['./test/support/start-services.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'journeys',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/packages/**'],
          pool: 'forks',
          maxWorkers: Math.min(2, availableParallelism()),
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ['./test/support/start-services.ts', STAGE_COMMAND],
        },
      },
      {
        extends: true,
        test: {
          name: 'packages',
          sequence: { groupOrder: 3 },
          include: ['test/packages/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: Math.min(2, availableParallelism()),
          testTimeout: 120_000,
          hookTimeout: 240_000,
          globalSetup: ['./test/packages/support/install-packages.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'deploy',
          sequence: { groupOrder: 0 },
          include: ['deploy/test/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: availableParallelism() + 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      reporter: ['text-summary', 'lcov'],
    },
  },
});
