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
  const typed = (text: string | null) => text && asTyped(text, surroundings, called);
  const report = { ...found, why: typed(found.why), tryThis: typed(found.tryThis) };
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
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const isOf = (word: string, names: readonly string[]) => names.includes(word.split('=', 1)[0] ?? '');
  // Given twice, the last one counts.
  const after = (...names: string[]) => {
    const at = words.findLastIndex((word) => isOf(word, names));
    const [, value] = /^[^=]+=(.*)$/s.exec(words[at] ?? '') ?? [];
    return value ?? words[at + 1];
  };
  const has = (...names: string[]) => words.some((word) => isOf(word, names));
  return {
    json: has('--json', '--jq'),
    ...(has('-o', '--output') && { output: after('-o', '--output') }),
    ...(has('--color') && { color: after('--color') }),
    ...(has('--url') && { url: after('--url') }),
    ...(has('-p', '--profile') && { profile: after('-p', '--profile') }),
  };
}
