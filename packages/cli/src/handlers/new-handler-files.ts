import { relative, sep } from 'node:path';
import { dirname, join } from 'node:path/posix';

/** A file to write: its path below the project's folder, and its text. */
export interface NewFile {
  path: string;
  text: string;
}

/** Contract, handler and test of a new type. `handlers`: the folder of handlers, seen from the project's. */
export function newHandlerFiles(type: string, handlers: string): NewFile[] {
  const folder = handlers.split(sep).join('/');
  const file = `${type
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.ts`;
  const name = nameOf(type);
  const paths = {
    contract: join(dirname(folder), 'jobs', file),
    handler: join(folder, file),
    test: join('test', file.replace(/\.ts$/, '.test.ts')),
  };
  return [
    { path: paths.contract, text: contract(type, name) },
    { path: paths.handler, text: handler(name, importPath(paths.handler, paths.contract)) },
    { path: paths.test, text: test(type, importPath(paths.test, paths.handler)) },
  ];
}

/** `image.resize` as a name in code: `imageResize`. A digit cannot be its beginning. */
function nameOf(type: string): string {
  const [first = '', ...rest] = type.split(/[^A-Za-z0-9]+/).filter((part) => part !== '');
  const name = [
    first.charAt(0).toLowerCase() + first.slice(1),
    ...rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)),
  ].join('');
  return /^[a-z]/i.test(name) ? name : `job${name}`;
}

function importPath(from: string, to: string): string {
  const path = relative(dirname(from), to).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

const contract = (type: string, name: string) => `import { defineJob, jsonSchema } from '@cloudtask/sdk';

/** What callers send and get. It holds no handler code: safe to import anywhere. */
export const ${name} = defineJob({
  type: '${type}',
  description: 'Greets somebody.',
  payload: jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string', minLength: 1 } },
    required: ['name'],
    additionalProperties: false,
  }),
  result: jsonSchema<{ greeting: string }>({
    type: 'object',
    properties: { greeting: { type: 'string' } },
    required: ['greeting'],
  }),
  timeout: '30s',
  examples: [{ name: 'Ada' }],
});
`;

const handler = (name: string, path: string) => `import { defineHandler } from '@cloudtask/sdk';
import { ${name} } from '${path}';

export default defineHandler(${name}, async (payload, { log }) => {
  log.info('greeting', { name: payload.name });
  return { greeting: \`Hello \${payload.name}\` };
});
`;

const test = (type: string, path: string) => `import { runHandler } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import handler from '${path}';

test('${type} greets', async () => {
  const run = await runHandler(handler, { name: 'Ada' });
  expect(run).toMatchObject({ outcome: 'completed', result: { greeting: 'Hello Ada' } });
});
`;
