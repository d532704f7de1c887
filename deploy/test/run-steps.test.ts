import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Line, runSteps, selectSteps } from '../ci/run-steps.ts';
import { NotAvailable, type Step } from '../ci/step.ts';
import { summaryOf } from '../ci/summary.ts';

const stopping = new AbortController();
const surroundings = { engine: new NotAvailable('no engine'), cache: '/nowhere', signal: stopping.signal };
const printed: string[] = [];

beforeEach(() => {
  printed.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const good: Step<number> = { name: 'good', run: async () => 42 };
const bad: Step = {
  name: 'bad',
  run: async () => {
    throw new Error('it is broken');
  },
};
const engineless: Step = { name: 'engineless', run: async (run) => run.engine() };
const dependent: Step = { name: 'dependent', needs: [good, bad], run: async () => {} };

const verdicts = (lines: Line[]): string[] => lines.map(({ name, verdict }) => `${verdict} ${name}`);

describe('the steps of the stack', () => {
  it('tell apart what failed and what could not be run', async () => {
    const lines = await runSteps([good, bad, engineless], surroundings);
    expect(verdicts(lines)).toEqual(['ok good', 'FAIL bad', 'SKIP engineless']);
    expect(printed[1]).toBe('FAIL bad: it is broken');
    expect(printed[2]).toBe('SKIP: engineless not available: no engine');
  });

  it('do not run when what they need did not succeed, and say which', async () => {
    const lines = await runSteps([good, bad, dependent], surroundings);
    expect(lines.at(-1)).toMatchObject({ verdict: 'SKIP', why: '"bad" did not succeed' });
  });

  it('name the first reason of all when one cannot be run for want of another', async () => {
    const user: Step = { name: 'user', needs: [engineless], run: async () => {} };
    const lines = await runSteps([engineless, user], surroundings);
    expect(lines.at(-1)).toMatchObject({ verdict: 'SKIP', why: 'no engine' });
  });

  it('get what the steps that they need returned', async () => {
    const user: Step = { name: 'user', needs: [good], run: async (run) => expect(run.resultOf(good)).toBe(42) };
    expect(verdicts(await runSteps([good, user], surroundings))).toEqual(['ok good', 'ok user']);
  });

  it('are cleaned up after in reverse order, also when one failed and one clean-up fails', async () => {
    const order: string[] = [];
    const opens = (name: string, end: () => Promise<void>): Step => ({
      name,
      run: async (run) => {
        run.atEnd(async () => {
          order.push(name);
          await end();
        });
      },
    });
    const first = opens('first', async () => {});
    const second = opens('second', async () => {
      throw new Error('still in use');
    });
    const lines = await runSteps([first, second, bad], surroundings);
    expect(order).toEqual(['second', 'first']);
    expect(lines.at(-1)).toMatchObject({ name: 'cleaning up', verdict: 'FAIL', why: 'still in use' });
  });

  it('end at once when they are interrupted, and are cleaned up after', async () => {
    const interrupted = new AbortController();
    const cleaned = vi.fn(async () => {});
    const endless: Step = {
      name: 'endless',
      run: (run) => {
        run.atEnd(cleaned);
        interrupted.abort();
        return new Promise(() => {});
      },
    };
    const lines = await runSteps([endless, good], { ...surroundings, signal: interrupted.signal });
    expect(lines).toEqual([]);
    expect(cleaned).toHaveBeenCalledOnce();
  });

  it('are chosen by a word in their name, with what they need before them', () => {
    expect(selectSteps([good, bad, engineless, dependent], 'depend')).toEqual([good, bad, dependent]);
  });

  it('end in a table with every name, and the counts', async () => {
    const summary = summaryOf(await runSteps([good, bad, engineless], surroundings), 3);
    expect(summary).toMatch(/^FAIL {2}bad +it is broken$/m);
    expect(summary).toMatch(/^stack: 1 passed, 1 failed, 1 skipped \(3 s\)$/m);
  });
});
