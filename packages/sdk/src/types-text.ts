import type { Json, TypeInfo } from './contract.ts';
import { commentText, jsonSchemaText, quoted } from './json-schema-text.ts';

/**
 * The text of `cloudtask.d.ts`: the types of a server, as `GET /types` answers them, for clients that share no code with its
 * workers. A project that includes the file knows them by name: `ct.jobs.create('email.send', …)` is checked. The same
 * types give the same text, whatever their order.
 *
 * @example
 * await writeFile('cloudtask.d.ts', typesText(await ct.types.list().toArray({ limit: 1_000 })));
 */
export function typesText(types: readonly TypeInfo[]): string {
  const sorted = [...types].sort((a, b) => (a.type < b.type ? -1 : 1));
  const members = sorted.map((each) => memberText(each)).join('');
  const names = [
    ...(sorted.length > 0 ? ['JobDefinition'] : []),
    ...(/\bJson\b/.test(members) ? ['Json'] : []),
    ...(members.includes('Schema<') ? ['Schema'] : []),
  ];
  return `// Written by \`cloudtask types generate\` from the types that the server knows. Do not change it by hand.
${names.length > 0 ? `import type { ${names.join(', ')} } from '@cloudtask/sdk';\n` : 'export {};\n'}
declare module '@cloudtask/sdk' {
  interface Register {
    jobs: {
${members}    };
  }
}
`;
}

const INDENT = '      ';

function memberText({ type, title, description, payloadSchema, resultSchema, progressSchema }: TypeInfo): string {
  const said = [title, description].filter((each) => each !== null && each.trim() !== '').join('\n\n');
  const name = quoted(type);
  const schemas = [payloadSchema, resultSchema, progressSchema].map(schemaText);
  return `${commentText(said, INDENT)}${INDENT}${name}: JobDefinition<${[name, ...schemas].join(', ')}>;\n`;
}

function schemaText(schema: Json | null): string {
  return schema === null ? 'undefined' : `Schema<${jsonSchemaText(schema, INDENT)}>`;
}
