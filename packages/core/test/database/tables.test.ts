import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openPgliteInMemory } from '../../src/database/pglite.ts';

interface Column {
  table: string;
  column: string;
  type: string;
  is_nullable: boolean;
  has_default: boolean;
}

// The types are gone when the program runs, so this reads them as text.
const source = await readFile(new URL('../../src/database/tables.ts', import.meta.url), 'utf8');
const declared = declaredTables(source);

describe('tables.ts', { timeout: 60_000 }, () => {
  let db: Database;
  let columns: Column[];
  beforeAll(async () => {
    db = await openPgliteInMemory();
    await migrate(db);
    columns = await db.query<Column>(COLUMNS, []);
  }, 60_000);
  afterAll(() => db.close());

  it('names the tables that the migrations make', () => {
    const actual = new Set(columns.map(({ table }) => table));
    expect([...declared.keys()].sort()).toEqual([...actual].sort());
  });

  it('names their columns', () => {
    const actual = columns.map(({ table, column }) => `${table}.${column}`);
    const named = [...declared].flatMap(([table, fields]) => [...fields.keys()].map((field) => `${table}.${field}`));
    expect(named.sort()).toEqual(actual.sort());
  });

  it('gives each the type that it is read with', () => {
    const wrong = columns.filter((column) => !fits(column, declared.get(column.table)?.get(column.column) ?? ''));
    expect(wrong.map((column) => ({ ...column, declared: declared.get(column.table)?.get(column.column) }))).toEqual(
      [],
    );
  });
});

function fits({ type, is_nullable, has_default }: Column, declaration: string): boolean {
  const isGenerated = /^Generated</.test(declaration);
  const isNullable = /\bnull\b/.test(declaration);
  return kindOf(type)?.test(declaration) === true && isNullable === is_nullable && isGenerated === has_default;
}

function kindOf(type: string): RegExp | undefined {
  if (type.endsWith('[]')) return /\[\]/;
  if (/^(smallint|integer|bigint|double precision)$/.test(type)) return /\bnumber\b/;
  if (/^(text|uuid)$/.test(type)) return /\bstring\b|'|Reason\b/;
  if (type === 'boolean') return /\bboolean\b/;
  if (type.startsWith('timestamp')) return /\bDate\b/;
  if (/^jsonb?$/.test(type)) return /^JsonColumn</;
  if (type === 'cloudtask.job_status') return /\bJobStatus\b/;
  return undefined;
}

function declaredTables(text: string): Map<string, Map<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  for (const [, name = '', inline, reference] of text.matchAll(/'cloudtask\.(\w+)': (?:\{([^}]*)\}|(\w+));/g)) {
    const body = inline ?? new RegExp(`interface ${reference} \\{([^}]*)\\}`).exec(text)?.[1] ?? '';
    const fields = body.split(';').flatMap((field) => {
      const [, column, type] = /^\s*(\w+): (.+?)\s*$/s.exec(field.replace(/\/\*\*.*?\*\//gs, '')) ?? [];
      return column && type ? [[column, type] as const] : [];
    });
    tables.set(name, new Map(fields));
  }
  return tables;
}

const COLUMNS = {
  name: 'columns',
  text: `
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
           not a.attnotnull as is_nullable, a.atthasdef or a.attidentity <> '' as has_default
      from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'cloudtask'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and c.relname <> 'migrations'`,
};
