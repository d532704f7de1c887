import type { TransportResponse } from '@cloudtask/sdk';

interface Planned {
  operation: string;
  failure: Error | number;
}

/** Failures that a test has asked for, each for the next call of its operation. */
export class PlannedFailures {
  #planned: Planned[] = [];
  #operation = '';

  add(operation: string, failure: Error | number): void {
    if (typeof failure === 'number' && !(Number.isInteger(failure) && failure >= 400 && failure <= 599)) {
      throw new RangeError(`failNext: ${failure} is no status of a failure: use one from 400 to 599, or an error`);
    }
    this.#planned.push({ operation, failure });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The client is about to send a request for this operation; `take` follows in the same turn of the event loop. */
  noteOperation(operation: string): void {
    this.#operation = operation;
  }

  /** Throws or answers what was asked for; undefined when the request may go its way. */
  take(): TransportResponse | undefined {
    const operation = this.#operation;
    this.#operation = '';
    const index = this.#planned.findIndex((each) => each.operation === operation);
    const [planned] = index < 0 ? [] : this.#planned.splice(index, 1);
    if (!planned) return undefined;
    if (typeof planned.failure !== 'number') throw planned.failure;
    return problemAnswer(planned.failure, operation);
  }
}

function problemAnswer(status: number, operation: string): TransportResponse {
  const problem = {
    type: 'about:blank',
    title: 'Planned failure',
    status,
    code: 'PLANNED_FAILURE',
    detail: `The test asked for this failure, with failNext(${JSON.stringify(operation)}, ${status}).`,
  };
  const text = JSON.stringify(problem);
  return {
    status,
    headers: new Headers({ 'content-type': 'application/problem+json' }),
    text: async () => text,
    async *chunks() {
      yield Buffer.from(text);
    },
    discard: async () => {},
  };
}
