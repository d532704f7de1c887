import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { DatabaseUnavailable } from '../src/database/database.ts';
import { createLogger } from '../src/logger.ts';
import { type Loop, type LoopAnswer, type LoopOptions, repeat } from '../src/loop.ts';

const HOUR = 3_600_000;
const open: Loop[] = [];
afterEach(() => Promise.all(open.splice(0).map((loop) => loop.close())));

function start(options: Partial<LoopOptions>) {
  const lines: { level: string; msg: string; code?: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = createLogger({ service: 'test', level: 'debug', format: 'json', destination });
  const loop = repeat({ name: 'test', everyMs: HOUR, runOnce: async () => {}, logger, ...options });
  open.push(loop);
  return { loop, lines };
}

/** Rounds that end when the test says so. */
function gatedRounds() {
  const rounds: PromiseWithResolvers<LoopAnswer>[] = [];
  const runOnce = () => {
    const round = Promise.withResolvers<LoopAnswer>();
    rounds.push(round);
    return round.promise;
  };
  return { rounds, runOnce };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('loop', () => {
  it('runs its first round at once and the next ones after their time', async () => {
    const at: number[] = [];
    start({ everyMs: 30, runOnce: async () => void at.push(performance.now()) });
    expect(at).toHaveLength(1);
    await eventually(() => at.length >= 4);
    for (const [index, time] of at.slice(1).entries()) expect(time - (at[index] ?? 0)).toBeGreaterThan(25);
  });

  it('never runs two rounds at a time, and pauses after a slow one', async () => {
    const { rounds, runOnce } = gatedRounds();
    const { loop } = start({ everyMs: 1, runOnce });
    await turn();
    loop.poke();
    await turn();
    expect(rounds).toHaveLength(1);
    rounds[0]?.resolve();
    await eventually(() => rounds.length === 2);
    for (const round of rounds) round.resolve();
  });

  it('runs at once when poked, and one round for many pokes', async () => {
    let rounds = 0;
    const { loop } = start({
      runOnce: async () => {
        rounds += 1;
      },
    });
    await turn();
    for (let poke = 0; poke < 10; poke += 1) loop.poke();
    await turn();
    expect(rounds).toBe(2);
  });

  it('runs once more when poked during a round', async () => {
    const { rounds, runOnce } = gatedRounds();
    const { loop } = start({ runOnce });
    loop.poke();
    loop.poke();
    rounds[0]?.resolve();
    await eventually(() => rounds.length === 2);
    rounds[1]?.resolve();
    await turn();
    expect(rounds).toHaveLength(2);
  });

  it('runs again at once while there is more to do, and lets others have a turn', async () => {
    let rounds = 0;
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    start({ runOnce: async () => ({ again: ++rounds < 100 }) });
    await eventually(() => rounds === 100);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  it('waits as long as its round says', async () => {
    let rounds = 0;
    start({ runOnce: async () => ({ inMs: ++rounds < 3 ? 10 : HOUR }) });
    await eventually(() => rounds === 3);
    await turn();
    expect(rounds).toBe(3);
  });

  it('waits for the round under way when closed, and runs none after', async () => {
    const { rounds, runOnce } = gatedRounds();
    const { loop } = start({ everyMs: 1, runOnce });
    let isClosed = false;
    const closing = loop.close().then(() => (isClosed = true));
    await turn();
    expect(isClosed).toBe(false);
    rounds[0]?.resolve({ again: true });
    await closing;
    loop.poke();
    await turn();
    expect(rounds).toHaveLength(1);
    await loop.close();
  });

  it('is closed at once when it only waits', async () => {
    const { loop } = start({});
    await turn();
    await loop.close();
  });

  it('ends with its signal, which its rounds see too', async () => {
    const stop = new AbortController();
    let seen: AbortSignal | undefined;
    const { loop } = start({
      signal: stop.signal,
      runOnce: async (stopped) => {
        seen = stopped;
      },
    });
    stop.abort();
    expect(seen?.aborted).toBe(true);
    await loop.close();
  });
});

describe('a loop that fails', () => {
  it('goes on, with growing pauses, and says each unexpected error and the end of it', async () => {
    const at: number[] = [];
    const { lines } = start({
      everyMs: 1,
      runOnce: async () => {
        at.push(performance.now());
        if (at.length <= 3) throw new Error(`no ${at.length}`);
        return { inMs: HOUR };
      },
    });
    await eventually(() => at.length === 4);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, expected] of [250, 500, 1_000].entries()) {
      expect(pauses[index]).toBeGreaterThan(expected - 10);
      expect(pauses[index]).toBeLessThan(expected + 250);
    }
    await turn();
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'error', 'info']);
    expect(lines.at(-1)).toMatchObject({ msg: 'this loop works again', failures: 3 });
  });

  it('says an outage once when it begins and once when it is over', async () => {
    let rounds = 0;
    const { lines } = start({
      runOnce: async () => {
        rounds += 1;
        if (rounds <= 3) throw new DatabaseUnavailable('PostgreSQL at db is not available');
      },
    });
    await eventually(() => lines.length === 2);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      code: 'DATABASE_UNAVAILABLE',
      detail: 'PostgreSQL at db is not available',
    });
    expect(lines[1]).toMatchObject({ level: 'info', failures: 3 });
  });

  it('keeps to its pauses when poked', async () => {
    let rounds = 0;
    const { loop } = start({
      runOnce: async () => {
        rounds += 1;
        throw new DatabaseUnavailable('away');
      },
    });
    await turn();
    for (let poke = 0; poke < 20; poke += 1) {
      loop.poke();
      await turn();
    }
    expect(rounds).toBe(1);
  });

  it('survives a round that throws before it returns a promise', async () => {
    let rounds = 0;
    const { lines } = start({
      runOnce: () => {
        rounds += 1;
        if (rounds === 1) throw new Error('at once');
        return Promise.resolve();
      },
    });
    await eventually(() => rounds === 2);
    expect(lines[0]?.level).toBe('error');
  });

  it('is closed at once during a pause', async () => {
    const { loop } = start({ runOnce: () => Promise.reject(new Error('no')) });
    await turn();
    const before = performance.now();
    await loop.close();
    expect(performance.now() - before).toBeLessThan(100);
  });

  it('does not complain about a round that was interrupted by the end', async () => {
    const { loop, lines } = start({
      runOnce: (stopped) =>
        new Promise((_, reject) => stopped.addEventListener('abort', () => reject(new Error('interrupted')))),
    });
    await loop.close();
    expect(lines).toEqual([]);
  });
});
