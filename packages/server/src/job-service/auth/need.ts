import type { ApiTokenScope } from '@cloudtask/sdk/contract';

/** What a route asks of its caller: a scope, any token that is good, or the session of a person. */
export type Need = ApiTokenScope | 'anyToken' | 'session';
