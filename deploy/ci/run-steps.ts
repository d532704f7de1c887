import type { Engine } from './engine/engine.ts';
import { NotAvailable, type Run, type Step } from './step.ts';

export type Verdict = 'ok' | 'FAIL' | 'SKIP';

export interface Line {
  name: string;
  verdict: Verdict;
  seconds: number;
  why?: string;
}

export interface Surroundings {
  engine: Engine | NotAvailable;
  cache: string;
  signal: AbortSignal;
}

/** Runs the steps one after the other: each prints its line, and a step whose need was not met is skipped. */
export async function runSteps(steps: readonly Step[], { engine, cache, signal }: Surroundings): Promise<Line[]> {
  const lines: Line[] = [];
  const results = new Map<Step, unknown>();
  const cleanUps: (() => Promise<unknown>)[] = [];

  function print(line: Line): void {
    lines.push(line);
    console.log(lineOf(line));
  }

  const run: Run = {
    engine() {
      if (engine instanceof NotAvailable) throw engine;
      return engine;
    },
    cache,
    signal,
    resultOf: <Result>(step: Step<Result>) => results.get(step) as Result,
    skip: (name, why) => print({ name, verdict: 'SKIP', seconds: 0, why }),
    note: (text) => console.log(`     ${text}`),
    atEnd: (cleanUp) => cleanUps.push(cleanUp),
  };

  async function runStep(step: Step): Promise<Line> {
    const missing = step.needs?.find((need) => !results.has(need));
    if (missing) return { name: step.name, verdict: 'SKIP', seconds: 0, why: whyWithout(missing, lines) };
    const from = performance.now();
    const seconds = (): number => (performance.now() - from) / 1000;
    try {
      results.set(step, await step.run(run));
      return { name: step.name, verdict: 'ok', seconds: seconds() };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { name: step.name, verdict: error instanceof NotAvailable ? 'SKIP' : 'FAIL', seconds: seconds(), why };
    }
  }

  // A step may be in the middle of waiting for something: after a Ctrl-C nobody wants to see it.
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const step of steps) {
    if (signal.aborted) break;
    const line = await Promise.race([runStep(step), aborted]);
    if (line) print(line);
  }
  for (const cleanUp of cleanUps.reverse()) {
    await cleanUp().catch((error: Error) =>
      print({ name: 'cleaning up', verdict: 'FAIL', seconds: 0, why: error.message }),
    );
  }
  return lines;
}

/** Of what could not be had, the first reason says more than the name of the step between. */
function whyWithout({ name }: Step, lines: readonly Line[]): string {
  const line = lines.find((each) => each.name === name);
  return line?.verdict === 'SKIP' && line.why ? line.why : `"${name}" did not succeed`;
}

function lineOf({ name, verdict, seconds, why }: Line): string {
  if (verdict === 'ok') return `ok ${name} (${seconds.toFixed(1)} s)`;
  if (verdict === 'SKIP') return `SKIP: ${name} not available: ${why}`;
  return `FAIL ${name}: ${why?.replaceAll('\n', '\n     ')}`;
}

/** The steps whose name contains the word, and before each what it needs. */
export function selectSteps(steps: readonly Step[], word: string): Step[] {
  const wanted = new Set<Step>();
  const add = (step: Step): void => {
    step.needs?.forEach(add);
    wanted.add(step);
  };
  for (const step of steps) if (step.name.includes(word)) add(step);
  return steps.filter((step) => wanted.has(step));
}
