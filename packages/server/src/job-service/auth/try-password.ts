import type { Passwords, Verdict } from './passwords.ts';
import type { Throttles } from './throttles.ts';

export interface TryPassword {
  email: string;
  /** Where the request comes from. */
  address: string;
  password: string;
  /** Undefined when there is no such account: it takes as long and is counted alike. */
  passwordHash: string | undefined;
}

/** Compares a password with the stored one; every try counts until one is right. Throws TOO_MANY_ATTEMPTS, OVERLOADED. */
export async function tryPassword(
  { passwords, throttles }: { passwords: Passwords; throttles: Throttles },
  { email, address, password, passwordHash }: TryPassword,
): Promise<Verdict> {
  await throttles.countLogin({ email, address });
  const verdict = await passwords.verify(password, passwordHash).catch(async (error: unknown) => {
    await throttles.uncountLogin({ email, address });
    throw error;
  });
  if (verdict.isRight) await throttles.forgiveLogin({ email, address });
  return verdict;
}
