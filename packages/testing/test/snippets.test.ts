import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as sdk from '@cloudtask/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as testing from '../src/index.ts';
import * as world from './fixtures/snippet-world.ts';
import { examples, read, type Snippet, snippetsOf } from './support/read-snippets.ts';

// The example is compiled and run: so is what it contains.
it.each(['docs/testing.md', 'packages/testing/README.md'])('the snippets of %s are parts of the example', (page) => {
  const snippets = snippetsOf(page).map(({ code }) => code);
  expect(snippets).not.toEqual([]);
  const example = read('examples/testing/welcome-mail.test.ts');
  for (const snippet of snippets) expect(example).toContain(snippet);
});

const PAGES = [
  'README.md',
  'docs/getting-started.md',
  'docs/sdk.md',
  'docs/handlers.md',
  'docs/schedules.md',
  'docs/failures.md',
  'docs/live.md',
  'docs/tracing.md',
  'packages/sdk/README.md',
  'packages/server/README.md',
  'packages/worker/README.md',
];

/** What cannot run here, and why. */
const ONLY_COMPILED: readonly { has: RegExp; because: string }[] = [
  { has: /new CloudTask\b/, because: 'its server is another one' },
  { has: /tokens\.create\(/, because: 'it needs somebody who has signed in with a password' },
  { has: /createWorker\(/, because: 'it connects to the servers of a user' },
  { has: /startEmbedded\(|writeFile\(/, because: 'it writes into the folder that it is started in' },
  { has: /from '\.\.?\//, because: 'it imports files of the page that stand elsewhere there' },
];

interface Written extends Snippet {
  /** Where it was written to. */
  path: string;
}

describe('every snippet', () => {
  const pages = [
    ...PAGES.map((page) => ({ page, snippets: snippetsOf(page) })),
    { page: 'sources', snippets: examples() },
  ];
  let folder = '';
  let written: Written[] = [];
  beforeAll(async () => {
    // Inside the package: its neighbours are found from there, and Node strips no types below node_modules.
    folder = await mkdtemp(path.join(import.meta.dirname, 'fixtures/compiled-'));
    written = (
      await Promise.all(pages.map(({ page, snippets }) => writePage(path.join(folder, nameOf(page)), snippets)))
    ).flat();
  });
  afterAll(async () => {
    await Promise.all([world.ct.close(), world.client.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('compiles as it stands', async () => {
    expect(written.length).toBeGreaterThan(50);
    const compilerOptions = { noEmit: true, composite: false, noUnusedLocals: false, noUnusedParameters: false };
    const config = {
      extends: '../../../../../tsconfig.tests.json',
      include: ['**/*.ts'],
      references: [],
      compilerOptions,
    };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    expect(withPlaces(stdout, folder, written)).toBe('');
  }, 60_000);

  it('that can run runs', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const failed: string[] = [];
    let runs = 0;
    for (const { place, code, path: file } of written) {
      if (ONLY_COMPILED.some(({ has }) => has.test(code)) || /^declare module/m.test(code)) continue;
      runs += 1;
      await import(file).catch((error: unknown) => failed.push(`${place}: ${String(error)}`));
    }
    expect(failed.join('\n')).toBe('');
    expect(runs).toBeGreaterThan(25);
  }, 60_000);
});

// Node 22 cannot parse it. In tests it is fine: vitest transforms them.
it.each(PAGES)('%s shows no program with `await using`', (page) => {
  for (const { code } of snippetsOf(page)) expect(code).not.toContain('await using');
});

async function writePage(folder: string, snippets: readonly Snippet[]): Promise<Written[]> {
  const written = snippets.map((snippet, index) => ({
    ...snippet,
    path: path.join(folder, snippet.file ?? `snippet-${index}.ts`),
  }));
  for (const { code, path: file } of written) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${importsFor(code, path.dirname(file))}${code}\nexport {};\n`);
  }
  // docs/handlers.md has a program that imports "your handlers".
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'handlers.ts'), 'export {};\n');
  return written;
}

/** One line, so that lines of complaints are off by one only. What the snippet imports or declares itself is left to it. */
function importsFor(code: string, folder: string): string {
  const wanted = [
    { names: Object.keys(world), from: relative(folder, 'fixtures/snippet-world.ts') },
    { names: [...Object.keys(sdk), ...TYPES.map((name) => `type ${name}`)], from: '@cloudtask/sdk' },
    { names: Object.keys(testing), from: '@cloudtask/testing' },
    { names: ['createWorker'], from: '@cloudtask/worker' },
    { names: ['startEmbedded'], from: '@cloudtask/server/embedded' },
    { names: ['typesText'], from: '@cloudtask/sdk/types-text' },
    { names: ['writeFile'], from: 'node:fs/promises' },
    { names: ['z'], from: 'zod' },
    { names: ['expect'], from: 'vitest' },
  ];
  const lines = wanted.map(({ names, from }) => {
    const missing = names.filter((name) => isMissing(code, name.replace('type ', '')));
    return missing.length === 0 ? '' : `import { ${missing.join(', ')} } from '${from}'; `;
  });
  return `${lines.join('')}${/\bexpect\(/.test(code) ? "import '@cloudtask/testing/vitest';" : ''}\n`;
}

const TYPES = ['Middleware', 'JobDefinition', 'Schema'];

function isMissing(code: string, name: string): boolean {
  const bare = code.replace(/'[^'\n]*'|\/\/.*$/gm, '');
  const isUsed = new RegExp(`(?<![.\\w$])${name}\\b(?!\\s*:|\\?:)`).test(bare);
  const declared = new RegExp(
    `\\b(?:const|let|using|class|function|interface|type)\\s+(?:\\{[^}=]*\\b${name}\\b[^}=]*\\}|${name}\\b)|import [^;]*\\b${name}\\b[^;]*from`,
  );
  return isUsed && !declared.test(code);
}

function relative(from: string, to: string): string {
  const found = path.relative(from, path.join(import.meta.dirname, to));
  return found.startsWith('.') ? found : `./${found}`;
}

function nameOf(page: string): string {
  return page.replace(/\.md$/, '').replaceAll('/', '-');
}

/** What the compiler says, with the page and its line in place of the file. */
function withPlaces(said: string, folder: string, written: readonly Written[]): string {
  const byFile = new Map(written.map(({ path: file, place }) => [path.relative(folder, file), place]));
  return said
    .split('\n')
    .map((line) => line.replace(/^([^(]+)\((\d+),/, (all, file: string) => `${byFile.get(file) ?? file} ${all} `))
    .join('\n')
    .trim();
}
