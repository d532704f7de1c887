import { createHash, createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { overloaded } from '../problem.ts';
import { createTurnstile } from './turnstile.ts';

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Without a stored hash it costs the same and is false: whether an account exists shows in nothing. */
  verify(password: string, stored: string | undefined): Promise<Verdict>;
}

export interface Verdict {
  isRight: boolean;
  /** The hash is of an older kind or cheaper than now. */
  needsRehash: boolean;
}

export interface PasswordsOptions {
  cost: number;
  pepper?: string | undefined;
}

/**
 * bcrypt over a SHA-384 of the password, because bcrypt itself reads no byte after the 72nd. The stored text begins with
 * how it was made: `s1` SHA-384, `h1` HMAC-SHA-384 with the pepper.
 */
export function createPasswords({ cost, pepper }: PasswordsOptions): Passwords {
  // A hash takes a core for 0.2 s and more: one core stays free for everybody else.
  const turnstile = createTurnstile({
    atOnce: Math.max(1, availableParallelism() - 1),
    waiting: 32,
    refuse: () => overloaded('logins'),
  });
  const scheme = pepper === undefined ? 's1' : 'h1';
  const hash = (password: string) =>
    turnstile.pass(async () => `${scheme}${await bcrypt.hash(digest(password, scheme, pepper), cost)}`);
  // Well-formed, so that comparing with it takes as long as with any other; no password has it.
  const nobodysHash = `$2b$${String(cost).padStart(2, '0')}$${'C'.repeat(21)}.${'x'.repeat(31)}`;

  return {
    hash,
    async verify(password, stored) {
      const storedScheme = stored?.slice(0, 2) ?? scheme;
      const storedHash = stored?.slice(2) ?? nobodysHash;
      const isSame = await turnstile.pass(() => bcrypt.compare(digest(password, storedScheme, pepper), storedHash));
      const isRight = isSame && stored !== undefined;
      return { isRight, needsRehash: isRight && (storedScheme !== scheme || bcrypt.getRounds(storedHash) !== cost) };
    },
  };
}

/** 64 characters without a NUL, whatever the password is. */
function digest(password: string, scheme: string, pepper: string | undefined): string {
  // A hash made with a pepper that is no longer set can fit nothing; an empty key makes that so.
  const hash = scheme === 'h1' ? createHmac('sha384', pepper ?? '') : createHash('sha384');
  return hash.update(password, 'utf8').digest('base64');
}
