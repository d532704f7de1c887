import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let folder: string | undefined;
afterEach(() => folder && rmSync(folder, { recursive: true, force: true }));

test('the snippets of docs/handlers.md compile', async () => {
  const page = readFileSync(join(root, 'docs/handlers.md'), 'utf8');
  const snippets = Array.from(page.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code ?? '');
  expect(snippets.length).toBeGreaterThan(5);
  // Inside the repository, where the packages are found, and where nobody looks for sources.
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  folder = mkdtempSync(join(root, 'node_modules/.cache/handlers-page-'));
  for (const [index, code] of snippets.entries()) writeFileSync(join(folder, `snippet-${index}.ts`), code);
  writeFileSync(join(folder, 'handlers.ts'), "export { default } from './snippet-0.ts';\n");
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.tests.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      include: ['*.ts'],
    }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
}, 30_000);
