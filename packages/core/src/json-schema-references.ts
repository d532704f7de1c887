import type { Json } from '@cloudtask/sdk/contract';

/** The first reference of a JSON Schema that leads nowhere in it. To a compiler what it names fits nothing. */
export function lostReference(part: Json, root: Json = part): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  if (!Array.isArray(part) && typeof part['$ref'] === 'string' && !resolves(part['$ref'], root)) return part['$ref'];
  for (const member of Object.values(part)) {
    const lost = lostReference(member, root);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

function resolves(reference: string, root: Json): boolean {
  if (!reference.startsWith('#')) return false;
  let at: Json | undefined = root;
  for (const part of decodeURIComponent(reference).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, Json>)[key];
  }
  return true;
}
