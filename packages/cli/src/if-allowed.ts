import { PermissionDeniedError } from '@cloudtask/sdk';

/** What a call answers; null where this account may not ask. */
export async function ifAllowed<T>(call: PromiseLike<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof PermissionDeniedError) return null;
    throw error;
  }
}
