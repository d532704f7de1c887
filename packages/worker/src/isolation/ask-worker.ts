import type { BatchResult } from '@cloudtask/sdk/contract';
import type { FromChild } from './child-messages.ts';

type Submitted = { run: number; call: number; results: BatchResult[] };

/** The jobs that one run makes, on their way to the worker, which stores them. */
export class AskWorker {
  readonly #run: number;
  readonly #tell: (message: FromChild) => void;
  readonly #waiting = new Map<number, (results: BatchResult[]) => void>();
  #calls = 0;

  constructor(run: number, tell: (message: FromChild) => void) {
    this.#run = run;
    this.#tell = tell;
  }

  submit(items: readonly string[]): Promise<BatchResult[]> {
    this.#calls += 1;
    const call = this.#calls;
    this.#tell({ kind: 'submit', run: this.#run, call, items: [...items] });
    return new Promise((resolve) => this.#waiting.set(call, resolve));
  }

  answered({ call, results }: Submitted): void {
    this.#waiting.get(call)?.(results);
    this.#waiting.delete(call);
  }
}
