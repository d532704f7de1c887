// Stands in for `k6/metrics`.
import { report } from './report.ts';

export class Counter {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  add(value: number): void {
    report.counters[this.#name] = (report.counters[this.#name] ?? 0) + value;
  }
}
