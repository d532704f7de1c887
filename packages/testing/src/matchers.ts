import { isFinal, type Job, type JobDefinition, type JobPromise, WaitTimeoutError } from '@cloudtask/sdk';
import type { HandlerRun } from './run-handler.ts';
import { TestClient } from './test-client.ts';

/** What vitest gives to a matcher, as far as these need it. */
interface Context {
  equals(a: unknown, b: unknown): boolean;
  utils: { stringify(value: unknown, depth: number, options: { min: boolean }): string };
}

interface Verdict {
  pass: boolean;
  message(): string;
}

export async function toHaveEnqueued(
  this: Context,
  received: unknown,
  job: JobDefinition | string,
  ...expected: [payload?: unknown]
): Promise<Verdict> {
  if (!(received instanceof TestClient)) throw new TypeError('toHaveEnqueued is for a test client: expect(client)');
  const type = typeof job === 'string' ? job : job.type;
  const found = await received.enqueued(type);
  const stringify = (value: unknown) => inOneLine(this, value);
  const payloads = found.map(({ payload }) => payload);
  const pass = expected.length === 0 ? found.length > 0 : payloads.some((each) => this.equals(each, expected[0]));
  const wanted = `a job of the type "${type}"${expected.length === 0 ? '' : ` with the payload ${stringify(expected[0])}`}`;
  const there =
    payloads.length === 0 ? `none of the type "${type}"` : payloads.map((each) => stringify(each)).join('\n  ');
  return {
    pass,
    message: () =>
      pass ? `${wanted} was enqueued, and should not be` : `${wanted} was not enqueued; there is\n  ${there}`,
  };
}

function inOneLine({ utils }: Context, value: unknown): string {
  return utils.stringify(value, 10, { min: true });
}

/** What can have completed: a job, a run of a handler, or a promise of one of them. */
type Completable = Job | HandlerRun | JobPromise<JobDefinition> | Promise<Job | HandlerRun>;

export async function toCompleteWith(this: Context, received: Completable, expected: unknown): Promise<Verdict> {
  const { state, result, why } = endOf(await settled(received));
  const pass = state === 'completed' && this.equals(result, expected);
  const stringify = (value: unknown) => inOneLine(this, value);
  const seen = state === 'completed' ? `completed with ${stringify(result)}` : `${state}${why}`;
  return {
    pass,
    message: () =>
      pass
        ? `it completed with ${stringify(expected)}, and should not`
        : `not completed with ${stringify(expected)}: it ${seen}`,
  };
}

/** For jobs that are run while the test waits: where nobody does, this must not take long. */
const PATIENCE = '1s';

async function settled(received: Completable): Promise<Job | HandlerRun> {
  if (!('wait' in received)) return await received;
  try {
    return (await received.wait({ timeout: PATIENCE })) as Job;
  } catch (error) {
    if (error instanceof WaitTimeoutError) return error.job as Job;
    throw error;
  }
}

function endOf(ended: Job | HandlerRun): { state: string; result?: unknown; why: string } {
  if ('outcome' in ended) {
    const { outcome, result, error } = ended;
    return { state: outcome === 'completed' ? outcome : `is ${outcome}`, result, why: reason(error) };
  }
  const { status, result, error } = ended;
  if (status === 'COMPLETED') return { state: 'completed', result, why: '' };
  const advice = isFinal(status) ? '' : '. A job waits until drain(), or in the mode "inline" until the clock is moved';
  return { state: `is ${status}`, why: reason(error) + advice };
}

function reason(error: { message: string } | null | undefined): string {
  return error ? `, because of: ${error.message}` : '';
}
