import type { Clock } from '@cloudtask/core/clock';
import { ApiProblem } from '../problem.ts';
import type { Authenticator } from './authenticator.ts';
import type { Caller } from './caller.ts';

const RECHECK_MS = 30_000;

/** Ends a stream when the token that opened it expires or is revoked. Stops by itself when the stream is over. */
export function endWithToken(
  { authenticator, clock }: { authenticator: Authenticator; clock: Clock },
  caller: Caller,
  stream: { end(): void; readonly ended: AbortSignal },
): void {
  const next = () => Math.min(RECHECK_MS, Math.max(0, caller.expiresAtMs - clock.now()));
  let timer = setTimeout(check, next());
  stream.ended.addEventListener('abort', () => clearTimeout(timer));

  async function check(): Promise<void> {
    try {
      await authenticator.recheck(caller);
    } catch (error) {
      // While the database is away nothing can be read either: the stream shows nothing new until the next look.
      if (error instanceof ApiProblem) return stream.end();
    }
    if (!stream.ended.aborted) timer = setTimeout(check, next());
  }
}
