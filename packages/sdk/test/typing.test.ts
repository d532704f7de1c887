import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TypeInfo } from '../src/contract.ts';
import { typesText } from '../src/types-text.ts';
import { emitDeclarations, isInstalled, typeCheck } from './support/type-check.ts';

let declarations = '';
beforeAll(async () => {
  declarations = await emitDeclarations();
});
afterAll(async () => {
  if (declarations) await rm(declarations, { recursive: true, force: true });
});

const type = (name: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  type: name,
  title: null,
  description: null,
  payloadSchema: null,
  resultSchema: null,
  progressSchema: null,
  sensitive: [],
  examples: [],
  defaults: {},
  workers: 1,
  version: '1',
  registeredAt: null,
  ...more,
});

/** As servers may know them, with what is hard about them. */
const TYPES = [
  type('email.send', {
    title: 'Send a mail',
    description: 'To one address.\nEnds with */ and `x`.',
    payloadSchema: {
      type: 'object',
      properties: {
        to: { type: 'string', format: 'email', description: 'Who gets it' },
        subject: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        priority: { enum: ['low', "it's high", 3, null] },
        'reply-to': { $ref: '#/$defs/address' },
        lines: { type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'integer' }] } },
        point: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], items: false },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        version: { const: 2 },
      },
      required: ['to', 'subject'],
      additionalProperties: false,
      $defs: { address: { type: ['string', 'null'] } },
    },
    resultSchema: { type: 'object', properties: { messageId: { type: 'string' } }, required: ['messageId'] },
    progressSchema: { type: 'object', properties: { sent: { type: 'number' } }, required: ['sent'] },
  }),
  type('any'),
  type('tree', {
    payloadSchema: {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
          required: ['name'],
        },
      },
    },
    resultSchema: {
      allOf: [
        { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] },
      ],
    },
  }),
];

const USES_THEM = `
import { CloudTask, type Json } from '@cloudtask/sdk';
import { same } from './same.ts';

const ct = new CloudTask();
export async function surface(): Promise<void> {
  const sent = await ct.jobs.create('email.send', { to: 'a', subject: null, priority: "it's high", point: [1, 2] }).result();
  same<typeof sent, { messageId: string }>(true);
  void ct.jobs.create('email.send', { to: 'a', subject: 's', 'reply-to': null, lines: ['a', 1], headers: { x: 'y' } });
  // @ts-expect-error there is no such member
  void ct.jobs.create('email.send', { to: 'a', subject: 's', cc: 'b' });
  // @ts-expect-error \`subject\` is missing
  void ct.jobs.create('email.send', { to: 'a' });
  // @ts-expect-error no such priority
  void ct.jobs.create('email.send', { to: 'a', subject: 's', priority: 'high' });
  for await (const event of ct.jobs.create('email.send', { to: 'a', subject: 's' }).watch()) {
    if (event.kind === 'progress') same<typeof event.data, { sent: number } | null>(true);
  }
  const any = await ct.jobs.run('any', [1, 'two']);
  same<typeof any, Json>(true);
  const { a, b } = await ct.jobs.run('tree', { name: 'root', children: [{ name: 'leaf' }] });
  same<typeof a | typeof b, number>(true);
  void ct.jobs.create('of.another.team', { any: ['json'] });
  await ct.schedules.create({ name: 'daily', type: 'email.send', payload: { to: 'a', subject: 's' }, every: '1d' });
  // @ts-expect-error \`to\` is missing
  await ct.schedules.create({ name: 'daily', type: 'email.send', payload: {}, every: '1d' });
}
`;

describe.each(['typescript', 'typescript-5.9', 'typescript-5.4'])('%s', (compiler) => {
  it.skipIf(!isInstalled(compiler)).concurrent(
    'knows schemas of zod, arktype, valibot and plain JSON Schema, and by name the types of a server',
    async ({ expect }) => {
      const names = ['same', 'zod', 'arktype', 'valibot', 'plain'];
      const files = {
        ...Object.fromEntries(names.map((name) => [`${name}.ts`, undefined])),
        'cloudtask.d.ts': typesText(TYPES),
        'uses.ts': USES_THEM,
      };
      const packages = ['zod', 'arktype', 'valibot'];
      expect(await typeCheck({ compiler, declarations, files, packages })).toBe('');
    },
    60_000,
  );
});

describe('the file that is written of the types of a server', () => {
  it('is one too when there are none', async () => {
    const files = { 'cloudtask.d.ts': typesText([]) };
    expect(await typeCheck({ compiler: 'typescript', declarations, files })).toBe('');
  });

  it('reads well, and is the same whatever their order', () => {
    const text = typesText(TYPES.slice(0, 2));
    expect(typesText(TYPES.slice(0, 2).reverse())).toBe(text);
    expect(
      text,
    ).toBe(`// Written by \`cloudtask types generate\` from the types that the server knows. Do not change it by hand.
import type { JobDefinition, Schema } from '@cloudtask/sdk';

declare module '@cloudtask/sdk' {
  interface Register {
    jobs: {
      'any': JobDefinition<'any', undefined, undefined, undefined>;
      /**
       * Send a mail
       *
       * To one address.
       * Ends with *\\/ and \`x\`.
       */
      'email.send': JobDefinition<'email.send', Schema<{
        /** Who gets it */
        to: string;
        subject: string | null;
        priority?: 'low' | 'it\\'s high' | 3 | null;
        'reply-to'?: string | null;
        lines?: (string | number)[];
        point?: [number, number];
        headers?: { [key: string]: string };
        version?: 2;
      }>, Schema<{
        messageId: string;
      }>, Schema<{
        sent: number;
      }>>;
    };
  }
}
`);
  });
});
