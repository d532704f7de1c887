/**
 * Shares a single session of PostgreSQL: a turn is a statement or a whole transaction, in the order in which they were
 * asked for. Without it a statement of one caller would land in the transaction of another.
 */
export class OneSession {
  #lastTurn: Promise<unknown> = Promise.resolve();
  #open: { id: number; last: Promise<unknown>; leave: () => void } | undefined;
  readonly #run: (command: 'begin' | 'commit' | 'rollback') => Promise<void>;

  constructor(run: (command: 'begin' | 'commit' | 'rollback') => Promise<void>) {
    this.#run = run;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(ignore);
    return turn;
  }

  /** Resolves when the transaction has begun; its turn lasts until `end`. */
  begin(id: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = this.inTurn(async () => {
        await this.#run('begin');
        await new Promise<void>((leave) => {
          this.#open = { id, last: Promise.resolve(), leave };
          resolve();
        });
      });
      turn.catch(reject);
    });
  }

  inTransaction<T>(id: number, work: () => Promise<T>): Promise<T> {
    const open = this.#open;
    if (open?.id !== id) return Promise.reject(new Error('this transaction is over'));
    const next = open.last.then(work);
    open.last = next.catch(ignore);
    return next;
  }

  async end(id: number, how: 'commit' | 'rollback'): Promise<void> {
    await this.inTransaction(id, async () => {
      const leave = this.#open?.leave;
      this.#open = undefined;
      try {
        await this.#run(how);
      } finally {
        leave?.();
      }
    });
  }
}

const ignore = () => {};
