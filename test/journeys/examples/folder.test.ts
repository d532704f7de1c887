import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../examples');
const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

/** What people read to learn: everything but pages, manifests, data, and what a command writes. */
const CODE = '**/{*.ts,*.sh,*.yaml,*.yml,Caddyfile,Dockerfile}';
const MOST_LINES = 150;

function codeOf(name: string): string[] {
  const exclude = (path: string) => /(^|\/)(node_modules|dist)(\/|$)|\.d\.ts$/.test(path);
  return globSync(CODE, { cwd: join(folder, name), exclude }).map((file) => join(name, file));
}

/** Lines that say something: not empty, not only a comment. */
function linesOf(file: string): number {
  return read(file)
    .split('\n')
    .filter((line) => !/^\s*($|\/\/|\/?\*|#)/.test(line)).length;
}

describe.each(names)('%s', (name) => {
  test('has a README, and a test of its own', () => {
    expect(readdirSync(join(folder, name))).toContain('README.md');
    expect(codeOf(name).filter((file) => file.endsWith('.test.ts'))).not.toEqual([]);
  });

  test(`is read in a few minutes: at most ${MOST_LINES} lines of code, with its test`, () => {
    const lines = codeOf(name).reduce((sum, file) => sum + linesOf(file), 0);
    expect(lines).toBeLessThanOrEqual(MOST_LINES);
  });

  test('imports only what everybody can install', () => {
    const imported = codeOf(name)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => Array.from(read(file).matchAll(IMPORTED), ([, module = '']) => ({ file, module })));
    const packages = imported.map(({ module }) => module).filter((module) => !module.startsWith('.'));
    expect(packages.filter((module) => !PUBLIC.test(module))).toEqual([]);
    // A path that leaves the example would reach into the repository.
    const paths = imported
      .filter(({ module }) => module.startsWith('.'))
      .map(({ file, module }) => join(file, '..', module));
    expect(paths.filter((path) => !path.startsWith(`${name}/`))).toEqual([]);
  });
});

const IMPORTED = /(?:from|import) '([^']+)'/g;
const PUBLIC =
  /^(node:|@cloudtask\/(sdk|worker|testing|testing\/vitest|server\/embedded)$|@shop\/contracts$|fastify$|vitest$)/;

test('the index has a line for each example, and for nothing else', () => {
  const listed = Array.from(read('README.md').matchAll(/^\| \[([\w-]+)\]\(\1\) \|/gm), ([, name]) => name);
  expect(listed.toSorted()).toEqual(names.toSorted());
});
