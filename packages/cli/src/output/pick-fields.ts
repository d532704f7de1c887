/** Reads `--fields id,error.code`. */
export function parseFieldList(list: string): string[] {
  return list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** The named parts of a value, under their own paths; null for what is not there. */
export function pickFields(value: object, paths: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(paths.map((path) => [path, read(value, path)]));
}

function read(value: object, path: string): unknown {
  let at: unknown = value;
  for (const key of path.split('.')) {
    at =
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined;
  }
  return at ?? null;
}
