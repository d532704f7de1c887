import type { Handler } from '@cloudtask/sdk/define-handler';
import type { Plugin } from '@cloudtask/sdk/define-plugin';

export interface FoundHandler {
  handler: Handler;
  /** Where it was found, for people. */
  source: string;
  /** The file whose exports it is among; undefined for handlers passed in code. */
  module?: string;
  /** Its type as the file exports it, where a prefix makes another of it. */
  exportedType?: string;
  /** What it came with. */
  plugin?: FoundPlugin;
}

export interface FoundPlugin extends Partial<Omit<Plugin, 'handlers'>> {
  /** The options that it was given, as they were written, and what its `configSchema` made of them. */
  given?: { options: object; config: unknown };
}

/** Something about the handlers keeps the worker from starting; the message says what and where. */
export class HandlersRefused extends Error {
  /** Stable, for programs. */
  readonly code = 'HANDLERS_REFUSED';
  override readonly name = 'HandlersRefused';
}
