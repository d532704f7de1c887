import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { repeat } from '@cloudtask/core/loop';
import { noteApiTokenUse } from '../../store/api-tokens.ts';
import { generationCache } from './generation-cache.ts';

/** When API tokens were last used: told to the database later and together, so that no request waits for it. */
export interface TokenUses {
  note(tokenId: string): void;
  close(): Promise<void>;
}

const ONCE_IN_MS = 60_000;
const FLUSH_MS = 2_000;
const REMEMBERED_TOKENS = 10_000;

export function createTokenUses({
  database,
  clock,
  logger,
}: {
  database: Database;
  clock: Clock;
  logger: Logger;
}): TokenUses {
  const notedAtMs = generationCache<number>(REMEMBERED_TOKENS);
  const waiting = new Set<string>();

  async function flush(): Promise<void> {
    if (waiting.size === 0) return;
    const ids = [...waiting];
    await noteApiTokenUse(database, ids);
    for (const id of ids) waiting.delete(id);
  }

  const loop = repeat({ name: 'note-token-uses', everyMs: FLUSH_MS, logger, runOnce: flush });

  return {
    note(tokenId) {
      const now = clock.now();
      const last = notedAtMs.get(tokenId);
      if (last !== undefined && Math.abs(now - last) < ONCE_IN_MS) return;
      notedAtMs.set(tokenId, now);
      waiting.add(tokenId);
    },
    async close() {
      await loop.close();
      // Not worth an error at the end: only the time of the last use is lost.
      await flush().catch((error) => logger.warn({ err: error }, 'the last uses of API tokens could not be noted'));
    },
  };
}
