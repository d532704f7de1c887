import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../src');

test('everything at the front door says what it is', () => {
  const missing: string[] = [];
  const doors = readFileSync(join(folder, 'index.ts'), 'utf8').matchAll(/^export (?:type )?\{(.*?)\} from '(.*?)';/gms);
  for (const [, names = '', file = ''] of doors) {
    const source = readFileSync(join(folder, file), 'utf8');
    for (const name of names.split(',').flatMap((each) => each.trim().replace(/^type /, '') || [])) {
      const declared = new RegExp(
        `\\*/\\n(// biome[^\\n]*\\n)?export (const|function|class|interface|type) ${name}\\b`,
      );
      if (!declared.test(source)) missing.push(`${name} in ${file}`);
    }
  }
  expect(missing).toEqual([]);
});
