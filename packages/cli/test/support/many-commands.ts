// The other side of `one-process.ts`: runs command lines one after the other in a process of its own.
import { Readable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { main } from '../../src/main.ts';
import type { Order } from './one-process.ts';

process.on('message', async ({ args, input, env, cwd, home }: Order) => {
  const written = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    // Help comes through console.log: the streams themselves are listened to.
    stream.write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      written[name] += String(text);
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    }) as typeof write;
    return () => {
      stream.write = write;
    };
  });
  const stdin = input === 'open' ? new Readable({ read() {} }) : Readable.from([Buffer.from(input)]);
  const startedAt = performance.now();
  process.exitCode = 0;
  const code = await main(args, {
    env,
    cwd,
    home,
    stdin: stdin as unknown as ReadStream,
    stdout: process.stdout as WriteStream,
    stderr: process.stderr as WriteStream,
  });
  for (const each of restore) each();
  process.send?.({ code, ...written, ms: performance.now() - startedAt });
});
process.send?.('ready');
