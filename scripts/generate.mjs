// Files that are made from the code, so that they cannot disagree with it. `--check` writes nothing and names the stale ones.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { envExample } from '../packages/core/src/settings-docs.ts';
import { documentedPrograms } from './documented-programs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Each makes the whole text of one file, the same every time.
 * @type {{ file: string, make: () => string | Promise<string> }[]}
 */
const generators = [{ file: '.env.example', make: () => envExample(documentedPrograms) }];

let stale = 0;
for (const { file, make } of generators) {
  const target = path.join(root, file);
  const [wanted, found] = [await make(), await readFile(target, 'utf8').catch(() => undefined)];
  if (wanted === found) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.log(`${file} is stale: run \`npm run generate\``);
  else await writeFile(target, wanted).then(() => console.log(`${file} written`));
}
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;
