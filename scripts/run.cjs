// `npm run <name>` = `node scripts/run.cjs <name>`: sets up what is missing, then runs the entry under the right Node.
'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');
const { setUp, say, SetUpError, root } = require('./setup.cjs');

const entries = {
  demo: { args: ['scripts/demo.mjs'] },
  start: { args: ['packages/server/dist/bin/cloudtask-embedded.js'] },
  'job-service': { args: ['packages/server/dist/bin/job-service.js'] },
  scheduler: { args: ['packages/server/dist/bin/scheduler.js'] },
  migrate: { args: ['packages/server/dist/bin/job-service.js', 'migrate'] },
  'results-processor': { args: ['packages/server/dist/bin/results-processor.js'] },
  worker: { args: ['packages/worker/dist/bin/worker.js'] },
  test: { args: ['node_modules/vitest/vitest.mjs', 'run'] },
  'test:stack': { args: ['--conditions=source', 'deploy/ci/test-stack.ts'] },
  loadtest: { args: ['--conditions=source', 'scripts/loadtest/run.ts'] },
  bench: { args: ['--conditions=source', 'bench/run.ts'] },
  build: { args: ['--eval', ''] },
  pack: { args: ['--conditions=source', 'scripts/packages/pack.ts'] },
  'publish-packages': { args: ['--conditions=source', 'scripts/packages/publish.ts'], build: false },
  sbom: { args: ['--conditions=source', 'scripts/packages/sbom.ts'], build: false },
  'rehearse-release': { args: ['--conditions=source', 'scripts/packages/rehearse-release.ts'], build: false },
  // These build, or need no build, themselves: a type error must show as their step, not as a failed set-up.
  check: { args: ['scripts/check.mjs'], build: false },
  generate: { args: ['--conditions=source', 'scripts/generate.mjs'], build: false },
  format: {
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '--linter-enabled=false', '.'],
    build: false,
  },
};

function main([name, ...rest]) {
  const entry = entries[name];
  if (!entry)
    throw new SetUpError(`there is nothing called "${name}" to run; known: ${Object.keys(entries).join(', ')}`);
  const node = setUp({ build: entry.build !== false });
  const PATH = [path.dirname(node), path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter);
  const child = spawn(node, [...entry.args, ...rest], { cwd: root, stdio: 'inherit', env: { ...process.env, PATH } });
  forwardSignals(child);
  child.on('error', (error) => {
    say(`cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (code !== null) process.exit(code);
    for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}

/**
 * A terminal sends Ctrl-C to the whole foreground group, and npm sends it once more to us: the child has it already, and a
 * second one would turn a graceful stop into a forced one. Elsewhere one signal is passed on once a second.
 */
function forwardSignals(child) {
  const lastAt = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      const now = Date.now();
      if (now - (lastAt[signal] || 0) < 1000) return;
      lastAt[signal] = now;
      child.kill(signal);
    });
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
