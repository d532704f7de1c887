import { openMemorySignals } from './memory.ts';
import type { RedisSignalsOptions } from './redis.ts';
import type { Signals } from './signals.ts';

/** Chooses the adapter by the scheme of the URL. */
export async function openSignals(options: RedisSignalsOptions): Promise<Signals> {
  const scheme = /^[a-z]+:/.exec(options.url)?.[0];
  switch (scheme) {
    case 'memory:':
      return openMemorySignals({ logger: options.logger });
    case 'redis:':
    case 'rediss:': {
      // Loaded here, because embedded needs no Redis client and starts faster without one.
      const { openRedisSignals } = await import('./redis.ts');
      return await openRedisSignals(options);
    }
    default:
      throw new TypeError(`The signals URL must begin with redis://, rediss:// or memory:, not with "${scheme ?? ''}"`);
  }
}
