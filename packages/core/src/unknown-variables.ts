import type { Settings, Sources } from './config.ts';
import { editDistance } from './edit-distance.ts';

/**
 * A sentence for each `CLOUDTASK_` variable that looks like a slip of the pen. Others that this service does not know are
 * left in peace: services may share one environment.
 */
export function unknownVariables(settings: Settings, { env, envFile }: Sources): string[] {
  const known = Object.values(settings).flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env]));
  const set = new Set([...Object.keys(env), ...Object.keys(envFile?.values ?? {})]);
  return [...set]
    .filter((name) => name.startsWith('CLOUDTASK_') && !known.includes(name))
    .flatMap((name) => {
      const meant = closest(
        name,
        known.filter((each) => !set.has(each)),
      );
      return meant === undefined ? [] : [`${name} is set, but there is no such setting – did you mean ${meant}?`];
    });
}

/** At most two letters off, or three in a long name. */
function closest(name: string, candidates: readonly string[]): string | undefined {
  const limit = name.length >= 24 ? 3 : 2;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}
