import { isIPv6 } from 'node:net';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { emailKey } from '../../store/accounts.ts';
import { limiterClient, pruneThrottles } from '../../store/login-throttles.ts';
import { tooManyAttempts } from '../problem.ts';
import { hashSecret } from './hash-secret.ts';

export interface Throttles {
  /** Counts a try. Throws TOO_MANY_ATTEMPTS when one of its limits is used up. */
  countLogin(login: { email: string; address: string }): Promise<void>;
  /** The password was right: the account's count from this address begins anew, the try does not count elsewhere. */
  forgiveLogin(login: { email: string; address: string }): Promise<void>;
  /** The try was not answered, because the server was too busy: it does not count. */
  uncountLogin(login: { email: string; address: string }): Promise<void>;
  countRegistration(address: string): Promise<void>;
  /** Removes what has run out. */
  prune(): Promise<void>;
}

const WINDOW_SECONDS = 15 * 60;

// Narrow for one account from one network, so that a stranger cannot lock the owner out; wide for a network that
// tries many accounts, and for an account that is tried from many networks.
const LIMITS = {
  login: { points: 10 },
  network: { points: 100 },
  account: { points: 200 },
  registration: { points: 300 },
} as const;
type LimitName = keyof typeof LIMITS;

/** Kept in PostgreSQL, so that neither a restart nor a flushed cache forgets them; in memory where one process is all. */
export function createThrottles(database: Database, clock: Clock): Throttles {
  const limiters = Object.fromEntries(
    Object.entries(LIMITS).map(([name, { points }]) => [name, createLimiter(database, name, points)]),
  ) as Record<LimitName, RateLimiterMemory | RateLimiterPostgres>;

  async function count(name: LimitName, key: string): Promise<void> {
    try {
      await limiters[name].consume(key);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) throw tooManyAttempts(refused.msBeforeNext);
      throw refused;
    }
  }

  return {
    async countLogin({ email, address }) {
      const keys = keysOf(email, address);
      await count('login', keys.login);
      await count('network', keys.network);
      await count('account', keys.account);
    },
    async forgiveLogin({ email, address }) {
      const keys = keysOf(email, address);
      await Promise.all([
        limiters.login.delete(keys.login),
        limiters.network.reward(keys.network),
        limiters.account.reward(keys.account),
      ]);
    },
    async uncountLogin({ email, address }) {
      const keys = keysOf(email, address);
      await Promise.all([
        limiters.login.reward(keys.login),
        limiters.network.reward(keys.network),
        limiters.account.reward(keys.account),
      ]);
    },
    countRegistration: (address) => count('registration', networkOf(address)),
    prune: () => (database.shared ? pruneThrottles(database, clock.now()) : Promise.resolve()),
  };
}

function createLimiter(database: Database, name: string, points: number) {
  const options = { keyPrefix: name, points, duration: WINDOW_SECONDS };
  if (!database.shared) return new RateLimiterMemory(options);
  return new RateLimiterPostgres({
    ...options,
    storeClient: limiterClient(database),
    storeType: 'client',
    schemaName: 'cloudtask',
    tableName: 'login_throttles',
    tableCreated: true,
    clearExpiredByTimeout: false,
  });
}

function keysOf(email: string, address: string) {
  const account = hashSecret(emailKey(email)).slice(0, 22);
  const network = networkOf(address);
  return { account, network, login: `${account}|${network}` };
}

/** What one customer of a provider usually has: a /24, or a /64. */
export function networkOf(address: string): string {
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return `${ipv4}.0/24`;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...new Array<string>(Math.max(0, missing)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
