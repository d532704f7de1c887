import { Writable, type WritableOptions } from 'node:stream';
import type { Output } from './output/output.ts';
import type { Surroundings } from './surroundings.ts';

export interface PromptStreams {
  input: Surroundings['stdin'];
  output: Writable;
}

/**
 * Where prompts are drawn: on stderr, like every conversation. Their library knows NO_COLOR, but not `--color never`; and on
 * a terminal that says that it is 0 wide, as some do, it would put each letter on a line of its own.
 */
export function promptStreams(
  { look }: Pick<Output, 'look'>,
  { stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>,
): PromptStreams {
  if (stderr.columns > 0 && look.color.stderr) return { input: stdin, output: stderr };
  const drawn = (text: string) => (look.color.stderr ? text : text.replace(COLORS, ''));
  const write: WritableOptions['write'] = (chunk, _encoding, done) => void stderr.write(drawn(String(chunk)), done);
  const { columns, rows } = stderr.columns > 0 ? stderr : { columns: look.width, rows: 24 };
  const output = Object.assign(new Writable({ write, decodeStrings: false }), { isTTY: true, columns, rows });
  return { input: stdin, output };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what makes colours begins with one.
const COLORS = /\u001b\[[\d;]*m/g;
