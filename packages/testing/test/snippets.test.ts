import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

// The example is compiled and run: so is what it contains.
it.each(['docs/testing.md', 'packages/testing/README.md'])('the snippets of %s are parts of the example', (page) => {
  const snippets = Array.from(read(page).matchAll(/```ts\n(.*?)```/gs), ([, code]) => code);
  expect(snippets).not.toEqual([]);
  const example = read('examples/testing/welcome-mail.test.ts');
  for (const snippet of snippets) expect(example).toContain(snippet);
});
