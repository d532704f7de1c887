import type { Issue } from '@cloudtask/sdk/contract';

/** Why a job that was asked for is refused; the API has a problem of each name. */
export type RefusalCode = 'VALIDATION_FAILED' | 'UNSTORABLE_VALUE' | 'PAYLOAD_TOO_LARGE' | 'INVALID_PAYLOAD';

/** What was asked for cannot be done as it stands: whoever asked can change it. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
  readonly code: RefusalCode;
  readonly issues: readonly Issue[];

  constructor(code: RefusalCode, message: string, issues: readonly Issue[]) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** A form that is wrong, with all places. `what` is wrong when an issue is about the whole. */
export function invalid(issues: readonly Issue[], what = 'body'): InputRefused {
  const [first] = issues;
  const where = first?.path ? `${first.path} ` : `the ${what} `;
  return new InputRefused('VALIDATION_FAILED', `${where}${first?.message ?? 'is not valid'}`, issues);
}

export function refuseMisfit(issues: readonly Issue[]): void {
  const [first] = issues;
  if (first) throw new InputRefused('INVALID_PAYLOAD', `${first.path} ${first.message}.`, issues);
}
