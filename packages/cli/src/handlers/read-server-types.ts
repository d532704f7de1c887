import type { CloudTask, TypeInfo } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { printable } from '../views/printable.ts';

/** What the server knows; null, and a word on why, when it cannot be asked: the list is of use without it. */
export async function readServerTypes(ct: CloudTask, out: Output): Promise<TypeInfo[] | null> {
  try {
    return await ct.types.list({ maxRetries: 0, timeout: '3s' }).toArray({ limit: Number.POSITIVE_INFINITY });
  } catch (error) {
    out.say(`Not compared with a server: ${printable((error as Error).message)}`);
    return null;
  }
}
