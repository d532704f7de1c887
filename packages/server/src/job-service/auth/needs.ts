import { API_TOKEN_SCOPES, type ApiTokenScope } from '@cloudtask/sdk/contract';
import { ApiProblem } from '../problem.ts';
import { type Caller, sessionRequired } from './caller.ts';
import type { Need } from './need.ts';

/** A person who signed in may do everything that the account may. */
export const ALL_SCOPES: ReadonlySet<ApiTokenScope> = new Set(API_TOKEN_SCOPES);

/** Writing includes reading. */
export function withIncluded(scopes: readonly ApiTokenScope[]): ReadonlySet<ApiTokenScope> {
  const all = new Set(scopes);
  if (all.has('jobs:write')) all.add('jobs:read');
  if (all.has('schedules:write')) all.add('schedules:read');
  return all;
}

/** Throws SESSION_REQUIRED, OPERATOR_REQUIRED or INSUFFICIENT_SCOPE. */
export function checkNeed(caller: Caller, need: Need): void {
  if (need === 'anyToken') return;
  if (need === 'session') {
    if (caller.kind !== 'session') throw sessionRequired();
    return;
  }
  if (need === 'operator' && !caller.isOperator) throw operatorRequired();
  if (!caller.scopes.has(need)) {
    throw new ApiProblem('INSUFFICIENT_SCOPE', `This API token lacks the scope ${need}.`, {
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${need}"` },
    });
  }
}

export function operatorRequired(): ApiProblem {
  return new ApiProblem('OPERATOR_REQUIRED', 'This is for operators; your account is none.');
}
