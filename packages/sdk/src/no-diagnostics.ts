import type { RequestTrace } from './request.ts';

/** Outside of Node nobody listens. */
export const diagnostics = {
  request(_trace: RequestTrace): void {},
  response(_trace: RequestTrace): void {},
};
