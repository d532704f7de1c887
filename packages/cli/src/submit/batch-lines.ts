import type { Readable } from 'node:stream';
import { usageError } from '../errors/cli-error.ts';

export interface BatchLine {
  /** As an editor counts them, from 1. */
  number: number;
  text: string;
}

/** Far above what a server takes as one payload: without an end a line would be kept in memory for ever. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** The lines of a stream that are not blank, as they come, without what ends them. */
export async function* batchLines(stream: Readable): AsyncGenerator<BatchLine> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      number++;
      if (text.trim() !== '') yield { number, text: withoutReturn(text) };
    }
    if (rest.length > LONGEST_LINE)
      throw usageError(`line ${number + 1} does not end`, { why: 'It is to be one JSON value a line (NDJSON).' });
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield { number: number + 1, text: withoutReturn(rest) };
}

/** Windows ends lines with one. */
function withoutReturn(text: string): string {
  return text.replace(/\r$/, '');
}
