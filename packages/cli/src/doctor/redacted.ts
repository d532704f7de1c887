/** The same value without secrets: known ones, what looks like one, passwords in addresses, and the name of the home folder. */
export function redacted<T>(value: T, { home, secrets }: { home: string; secrets: readonly string[] }): T {
  const known = secrets.filter((secret) => secret.length >= SHORTEST);
  return walk(value, (text) => {
    let clean = text.replace(IN_URL, '$1…@').replace(TOKEN, '…');
    for (const secret of known) clean = clean.replaceAll(secret, '…');
    return home.length > 1 ? clean.replaceAll(home, '~') : clean;
  }) as T;
}

/** Shorter ones would blank out ordinary words. */
const SHORTEST = 6;
/** `scheme://user:password@` */
const IN_URL = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
/** API tokens, JSON Web Tokens, and what follows `Bearer`. */
const TOKEN = /\bctt_[\w-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=\bBearer )\S+/g;

function walk(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((each) => walk(each, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [clean(key), walk(each, clean)]));
}
