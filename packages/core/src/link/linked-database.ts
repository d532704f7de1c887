import { type Database, DatabaseUnavailable, type Statement } from '../database/database.ts';
import type { Answer } from '../database/pglite-messages.ts';
import { type RemoteSession, SessionDatabase } from '../database/session-database.ts';
import type { Link } from './link.ts';
import type { LinkCall } from './link-messages.ts';

/**
 * The database of the process at the other end of a link. Closing lets go of it; over there it stays open.
 *
 * `shared` is what it is over there. On PGlite it is therefore false, although two processes work on it: what follows
 * from `shared` – a lease that is fought for, a heartbeat thread with a connection of its own, workers that others
 * declare dead – needs a server. Whoever serves the link sees its worker die, and rescues its jobs.
 */
export function linkedDatabase(link: Link, { shared }: { shared: boolean }): Database {
  const closedMessage = 'this process has let go of the database';
  return new SessionDatabase({ session: new LinkedSession(link), shared, closedMessage });
}

class LinkedSession implements RemoteSession {
  readonly #link: Link;
  readonly #running = new Set<Promise<unknown>>();
  readonly #open = new Map<number, PromiseWithResolvers<void>>();

  constructor(link: Link) {
    this.#link = link;
  }

  query(transaction: number | undefined, { name, text }: Statement, values: readonly unknown[]): Promise<Answer> {
    return this.#call({ op: 'query', transaction, name, text, values });
  }

  script(text: string): Promise<void> {
    return this.#call({ op: 'script', text });
  }

  async begin({ isForKysely }: { isForKysely: boolean }): Promise<number> {
    const transaction = await this.#call<number>({ op: 'begin', isForKysely });
    this.#open.set(transaction, Promise.withResolvers<void>());
    return transaction;
  }

  async end(transaction: number, how: 'commit' | 'rollback'): Promise<void> {
    try {
      await this.#call({ op: 'end', transaction, how });
    } finally {
      this.#open.get(transaction)?.resolve();
      this.#open.delete(transaction);
    }
  }

  async close(): Promise<void> {
    while (this.#running.size + this.#open.size > 0) {
      await Promise.all([...this.#running, ...Array.from(this.#open.values(), ({ promise }) => promise)]);
    }
  }

  #call<T>(call: LinkCall): Promise<T> {
    const answer = this.#link.call<T>(call, (message) => new DatabaseUnavailable(message));
    const settled: Promise<unknown> = answer.then(ignore, ignore).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return answer;
  }
}

const ignore = () => {};
