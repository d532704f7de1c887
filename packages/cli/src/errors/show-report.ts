import { type Addressed, asTyped } from '../as-typed.ts';
import { presentationOf } from '../output/presentation.ts';
import type { Surroundings } from '../surroundings.ts';
import { errorJson, errorLines } from '../views/error.ts';
import { makeStyle } from '../views/style.ts';
import type { Report } from './report-error.ts';

/** An error goes to stderr, in every mode: a script that captures stdout never captures an error. */
export function showReport(found: Report, argv: readonly string[], surroundings: Surroundings): void {
  const { env, stdin, stdout, stderr } = surroundings;
  const called = glimpse(argv);
  const report = { ...found, tryThis: found.tryThis && asTyped(found.tryThis, surroundings, called) };
  const tty = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true };
  const look = presentationOf({ flags: called, env, tty, columns: stderr.columns });
  const isJson = look.mode === 'json' || look.mode === 'jsonl' || look.mode === 'yaml';
  const lines = isJson
    ? [errorJson(report)]
    : errorLines(report, makeStyle(look.color.stderr), {
        unicode: look.unicode,
        width: tty.stderr ? look.width : Number.POSITIVE_INFINITY,
        debug: argv.some((word) => word === '--debug' || word === '--debug-http'),
      });
  stderr.write(`${lines.join('\n')}\n`);
}

// The command line may be the very thing that could not be parsed.
function glimpse(argv: readonly string[]): Addressed & {
  output?: string | undefined;
  json: boolean;
  color?: string | undefined;
} {
  const after = (...names: string[]) => {
    const at = argv.findIndex((word) => names.includes(word.split('=', 1)[0] ?? ''));
    return argv[at]?.includes('=') ? argv[at]?.split('=')[1] : argv[at + 1];
  };
  const has = (...names: string[]) => argv.some((word) => names.includes(word.split('=', 1)[0] ?? ''));
  return {
    json: has('--json', '--jq'),
    ...(has('-o', '--output') && { output: after('-o', '--output') }),
    ...(has('--color') && { color: after('--color') }),
    ...(has('--url') && { url: after('--url') }),
    ...(has('-p', '--profile') && { profile: after('-p', '--profile') }),
  };
}
