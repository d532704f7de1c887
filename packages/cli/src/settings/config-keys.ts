import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';

/** What `config set` can keep; everything else is a flag or a variable. */
export const CONFIG_KEYS = ['profile', 'url'] as const;
export type ConfigKey = (typeof CONFIG_KEYS)[number];

export function configKey(given: string): ConfigKey {
  const key = CONFIG_KEYS.find((known) => known === given);
  if (key) return key;
  const meant = closest(given, CONFIG_KEYS);
  throw usageError(`${given.slice(0, 60)} cannot be set here`, {
    why:
      meant === undefined
        ? `There are ${CONFIG_KEYS.join(' and ')}. All else is a flag or a variable.`
        : `Did you mean ${meant}?`,
    tryThis: 'cloudtask help environment',
  });
}
