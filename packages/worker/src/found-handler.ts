import type { Handler } from '@cloudtask/sdk/define-handler';

export interface FoundHandler {
  handler: Handler;
  /** Where it was found, for people. */
  source: string;
  /** The file whose exports it is among; undefined for handlers passed in code. */
  module?: string;
}

/** Something about the handlers keeps the worker from starting; the message says what and where. */
export class HandlersRefused extends Error {
  readonly code = 'HANDLERS_REFUSED';
  override readonly name = 'HandlersRefused';
}
