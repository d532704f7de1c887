import type { Issue, Json } from '@cloudtask/sdk/contract';
import { Compile } from 'typebox/compile';
import { lostReference } from '../json-schema-references.ts';
import type { Logger } from '../logger.ts';
import { issuesOf } from './schema-issues.ts';

/** The members of a payload that do not fit, as JSON pointers under /payload. */
export type PayloadCheck = (payload: unknown) => Issue[];

const anything: PayloadCheck = () => [];

/**
 * From the JSON Schema that a worker registered. It is a first look, at the door: the worker checks again with the schema
 * itself. So a JSON Schema that cannot be used refuses nothing, and is told once.
 */
export function compilePayloadCheck(type: string, schema: Json, logger: Logger): PayloadCheck {
  try {
    const lost = lostReference(schema);
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
