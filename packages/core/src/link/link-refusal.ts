import { BrokerMisconfigured, BrokerUnavailable } from '../broker/broker.ts';
import { DatabaseUnavailable } from '../database/database.ts';
import { REFUSAL_FIELDS, type Refusal } from '../database/pglite-messages.ts';

/** An error on its way to the other process, where it is of the same class again if callers ask for that. */
export interface LinkRefusal extends Refusal {
  class: keyof typeof CLASSES | undefined;
}

const CLASSES = { DatabaseUnavailable, BrokerUnavailable, BrokerMisconfigured } as const;

export function toLinkRefusal(error: unknown): LinkRefusal {
  const fields: Partial<Record<string, unknown>> = error instanceof Error ? { ...error } : {};
  const refusal: LinkRefusal = {
    message: error instanceof Error ? error.message : String(error),
    class: classOf(error),
  };
  for (const field of REFUSAL_FIELDS) {
    const value = fields[field];
    if (typeof value === 'string') refusal[field] = value;
  }
  return refusal;
}

export function errorOf({ class: name, message, ...fields }: LinkRefusal): Error {
  return name ? new CLASSES[name](message) : Object.assign(new Error(message), fields);
}

function classOf(error: unknown): LinkRefusal['class'] {
  const names = Object.keys(CLASSES) as (keyof typeof CLASSES)[];
  return names.find((name) => error instanceof CLASSES[name]);
}
