import type { Auth } from './tokens.ts';

/** Outside of Node there is neither an environment nor a folder to look into. */
export function findSettings(_given: { url?: string; profile?: string }): { url?: string; auth?: Auth } {
  return {};
}
