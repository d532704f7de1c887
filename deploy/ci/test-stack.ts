// `npm run test:stack`: everything in deploy/, tried by a real Docker Engine. `npm run test:stack -- WORD` runs the steps
// whose names contain the word, and what they need. What it does and needs: deploy/README.md.
import { mkdir } from 'node:fs/promises';
import { cacheFolder } from './cache-folder.ts';
import type { Engine } from './engine/engine.ts';
import { findEngine } from './engine/find-engine.ts';
import { runSteps, selectSteps } from './run-steps.ts';
import { NotAvailable } from './step.ts';
import { allSteps } from './steps/all-steps.ts';
import { summaryOf } from './summary.ts';

async function main(word: string): Promise<number> {
  const steps = selectSteps(allSteps, word);
  if (steps.length === 0) {
    console.error(`no step is called "${word}"; there are:\n${allSteps.map(({ name }) => `  ${name}`).join('\n')}`);
    return 2;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) console.error(`\n${signal}: taking down what was started …`);
      stopping.abort();
    });
  }
  const from = performance.now();
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const engine = await tellEngine(cache);
  try {
    const lines = await runSteps(steps, { engine, cache, signal: stopping.signal });
    console.log(summaryOf(lines, (performance.now() - from) / 1000));
    if (stopping.signal.aborted) return 130;
    return lines.some(({ verdict }) => verdict === 'FAIL') ? 1 : 0;
  } finally {
    if (!(engine instanceof NotAvailable)) await engine.close();
  }
}

async function tellEngine(cache: string): Promise<Engine | NotAvailable> {
  const from = performance.now();
  try {
    const engine = await findEngine(cache);
    console.log(`ok engine: ${engine.describe} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
    return engine;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`SKIP: Docker Engine not available: ${why}`);
    return new NotAvailable(`there is no Docker Engine here: ${why.split('\n')[0]}`);
  }
}

// Not only the exit code: after a Ctrl-C a step may still be waiting.
process.exit(await main(process.argv[2] ?? ''));
