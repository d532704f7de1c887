import inspector from 'node:inspector';
import { usageError } from '../errors/cli-error.ts';

const PORT = 9_229;

/** Opens this process to a debugger of this machine; `waits` for it to come. */
export function openInspector({ waits }: { waits: boolean }): void {
  try {
    inspector.open(PORT, '127.0.0.1', waits);
  } catch (error) {
    throw usageError(`cannot open the inspector on 127.0.0.1:${PORT}`, { why: (error as Error).message });
  }
}
