import type { Auth } from './tokens.ts';

export const WHICH_SERVER = 'which server? Pass `url`';

/** Outside of Node there is neither an environment nor a folder to look into. */
export function findSettings(_given: { url?: string; profile?: string }): { url?: string; auth?: Auth } {
  return {};
}
