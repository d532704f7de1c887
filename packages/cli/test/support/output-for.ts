import { Output } from '../../src/output/output.ts';
import { presentationOf } from '../../src/output/presentation.ts';

/** An output in a mode that keeps what it is given. */
export function outputFor(mode: string, { width = 80 }: { width?: number } = {}) {
  const written: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    columns: width,
    write: (text: string) => {
      written[name] += text;
      return true;
    },
  });
  const tty = { stdin: false, stdout: false, stderr: false };
  const look = presentationOf({ flags: { output: mode }, env: { LANG: 'C.UTF-8' }, tty, columns: width });
  const out = new Output(look, { stdout: stream('stdout'), stderr: stream('stderr') } as never);
  const textOf = (name: 'stdout' | 'stderr') => written[name];
  return {
    out,
    text: () => textOf('stdout'),
    said: () => textOf('stderr'),
    lines: () => textOf('stdout').split('\n').slice(0, -1),
  };
}
