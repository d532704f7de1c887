import type { Readable } from 'node:stream';

/** All of stdin. Only called when `-`, `@-` or `--…-stdin` asks for it: an open pipe must never hold up a command. */
export async function readStdin(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** A secret from a file or a pipe: the one line break that editors and `echo` add is not part of it. */
export function withoutLastLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
