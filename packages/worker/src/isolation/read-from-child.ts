import { FAILURE_REASONS } from '@cloudtask/sdk/contract';
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { MOST_ITEMS } from '../jobs-of-handler.ts';
import type { FromChild } from './child-messages.ts';

/** Undefined for anything that is no message: a handler can write to the channel too. */
export function readFromChild(line: string): FromChild | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return MESSAGE.Check(value) ? (value as FromChild) : undefined;
}

const kind = <Kind extends string>(name: Kind) => ({ kind: Type.Literal(name) });
const oneOf = (names: readonly string[]) => Type.Union(names.map((name): TSchema => Type.Literal(name)));
const run = Type.Integer({ minimum: 1 });
const delay = Type.Number({ minimum: 0 });

const END = Type.Union([
  Type.Object({ ...kind('completed'), result: Type.Unknown() }),
  Type.Object({
    ...kind('failed'),
    reason: oneOf(FAILURE_REASONS),
    name: Type.String({ maxLength: 200 }),
    message: Type.String({ maxLength: 8_192 }),
    code: Type.Optional(Type.String({ maxLength: 200 })),
    retryable: Type.Boolean(),
    retryDelayMs: delay,
  }),
  Type.Object({ ...kind('interrupted'), started: Type.Boolean() }),
  Type.Object({ ...kind('snoozed'), delayMs: delay }),
  Type.Null(),
]);

const MESSAGE = Compile(
  Type.Union([
    Type.Object(kind('ready')),
    Type.Object({ ...kind('refused'), why: Type.String() }),
    Type.Object({
      ...kind('log'),
      run,
      level: oneOf(['debug', 'info', 'warn', 'error']),
      message: Type.String(),
      fields: Type.Object({}),
    }),
    Type.Object({ ...kind('printed'), run, stream: oneOf(['stdout', 'stderr']), line: Type.String() }),
    Type.Object({ ...kind('dropped'), run, lines: Type.Integer({ minimum: 1 }) }),
    Type.Object({ ...kind('progress'), run, value: Type.Unknown(), message: Type.Optional(Type.String()) }),
    Type.Object({
      ...kind('submit'),
      run,
      call: Type.Integer({ minimum: 1 }),
      items: Type.Array(Type.String(), { minItems: 1, maxItems: MOST_ITEMS }),
    }),
    Type.Object({ ...kind('checkpoint'), run, state: Type.Unknown() }),
    Type.Object({ ...kind('threw'), run, message: Type.String(), stack: Type.String() }),
    Type.Object({ ...kind('end'), run, end: END }),
    Type.Object({ ...kind('trouble'), what: Type.String({ maxLength: 8_192 }) }),
    Type.Object({ ...kind('crash'), error: Type.String(), stack: Type.Optional(Type.String()) }),
  ]),
);
