import { relative } from 'node:path';
import { importProjectReader, type Project } from '../import-worker.ts';
import type { Output } from '../output/output.ts';
import { mark } from '../views/mark.ts';
import { printable } from '../views/printable.ts';

/** Says which files of the handlers' folder were loaded for nothing: whoever forgot an export looks for his handler. */
export async function warnIdle({ out, cwd }: { out: Output; cwd: string }, { idleFiles }: Project): Promise<void> {
  if (idleFiles.length === 0) return;
  const { idleFileText } = await importProjectReader();
  const sign = mark('warn', { style: out.sayStyle, unicode: out.look.unicode });
  for (const idle of idleFiles) out.warn(`${sign} ${printable(idleFileText(idle, relative(cwd, idle.file)))}`);
}
