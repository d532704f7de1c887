import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run } from '@oclif/core';
import type { PJSON } from '@oclif/core/interfaces';
import { hoistGlobalFlags } from './hoist-flags.ts';
import { lendSurroundings, type Surroundings } from './surroundings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

/** Runs one command line; returns the exit code. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const words = hoistGlobalFlags(argv);
  try {
    lendSurroundings(surroundings);
    await run(words, { root: ROOT, pjson: await readPackage(), ignoreManifest: RUNS_FROM_SOURCE });
  } catch (error) {
    const exit = exitOfFramework(error);
    if (exit !== undefined) return exit;
    return reportError(error, words, surroundings);
  }
  return Number(process.exitCode ?? 0);
}

// Loaded only now: it knows the SDK's errors, and with them an HTTP client that `--version` and `help` have no use for.
async function reportError(error: unknown, words: readonly string[], surroundings: Surroundings): Promise<number> {
  const [{ toReport }, { showReport }] = await Promise.all([
    import('./errors/report-error.ts'),
    import('./errors/show-report.ts'),
  ]);
  const report = toReport(error);
  showReport(report, words, surroundings);
  return report.exit;
}

/** `help` ends a run with an error that only carries a code. */
function exitOfFramework(error: unknown): number | undefined {
  const { code, oclif } = error as { code?: string; oclif?: { exit?: number } };
  return code === 'EEXIT' ? (oclif?.exit ?? 0) : undefined;
}

async function readPackage(): Promise<PJSON> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const toSource = (_: string, path: string) => `"./src/${path.replace(/\.js$/, '.ts')}"`;
  return JSON.parse(RUNS_FROM_SOURCE ? text.replace(/"\.\/dist\/([^"]*)"/g, toSource) : text) as PJSON;
}
