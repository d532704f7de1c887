import { EXIT, type ExitCode } from './exit-codes.ts';

export interface CliErrorDetails {
  code: string;
  exit: ExitCode;
  why?: string;
  /** The command that helps. */
  tryThis?: string;
  cause?: unknown;
}

/** Something that the command itself refuses. */
export class CliError extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly why: string | undefined;
  readonly tryThis: string | undefined;

  constructor(message: string, { code, exit, why, tryThis, cause }: CliErrorDetails) {
    super(message, { cause });
    this.code = code;
    this.exit = exit;
    this.why = why;
    this.tryThis = tryThis;
  }
}

/** The call is wrong, or needs a value that nobody can be asked for. */
export function usageError(message: string, more: { why?: string; tryThis?: string } = {}): CliError {
  return new CliError(message, { code: 'USAGE', exit: EXIT.usage, ...more });
}

/** Ctrl-C at a question. */
export function interrupted(): CliError {
  return new CliError('interrupted', { code: 'INTERRUPTED', exit: EXIT.interrupted });
}
