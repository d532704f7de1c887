import type { Logger } from '@cloudtask/core/logger';
import type { Issue, Json } from '@cloudtask/sdk/contract';
import { Compile } from 'typebox/compile';
import { issuesOf } from './http/validators.ts';

/** The members of a payload that do not fit, as JSON pointers under /payload. */
export type PayloadCheck = (payload: unknown) => Issue[];

const anything: PayloadCheck = () => [];

/**
 * From the JSON Schema that a worker registered. It is a first look, at the door: the worker checks again with the schema
 * itself. So a JSON Schema that cannot be used refuses nothing, and is told once.
 */
export function compilePayloadCheck(type: string, schema: Json, logger: Logger): PayloadCheck {
  try {
    const lost = lostReference(schema, schema);
    if (lost !== undefined) throw new Error(`it refers to ${JSON.stringify(lost)}, which is not in it`);
    const validator = Compile(schema as object);
    return (payload) => {
      if (validator.Check(payload)) return [];
      const issues = issuesOf(validator, payload).slice(0, MOST_ISSUES);
      return (issues.length > 0 ? issues : [{ path: '', message: 'is not what this type takes' }]).map(
        ({ path, message }) => ({ path: `/payload${path}`, message }),
      );
    };
  } catch (err) {
    logger.warn({ type, err }, 'payloads of this type are not checked at submit: its JSON Schema cannot be used');
    return anything;
  }
}

const MOST_ISSUES = 50;

/** To the compiler, what a lost reference names fits nothing: every payload would be refused. */
function lostReference(part: Json, root: Json): string | undefined {
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
