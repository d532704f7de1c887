import type { Logger } from '@cloudtask/core/logger';
import { CappedOutput } from './capped-output.ts';
import type { OutputStream } from './child-messages.ts';

/**
 * What a child process prints that no job of it is known to have said: native code, processes that it started, and what
 * earlier jobs left running. It goes to the worker's own log and to no job's, for it may be of another user.
 */
export class StrayOutput {
  readonly #logger: Logger;
  #output = this.#anew();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(stream: OutputStream, chunk: Buffer): void {
    this.#output[stream].add(chunk);
  }

  /** The limits begin anew. */
  renew(): void {
    this.end();
    this.#output = this.#anew();
  }

  end(): void {
    this.#output.stdout.end();
    this.#output.stderr.end();
  }

  #anew(): Record<OutputStream, CappedOutput> {
    const capped = (stream: OutputStream) =>
      new CappedOutput((line) => this.#logger.debug({ stream, line }, 'a child process printed'));
    return { stdout: capped('stdout'), stderr: capped('stderr') };
  }
}
