import { describe, expect, inject, test } from 'vitest';
import { entriesOf } from './support/entries.ts';
import { run } from './support/run.ts';

const { names, project } = inject('installed');

/** What fails of these, with why. */
async function failing(entries: readonly string[], load: string): Promise<string[]> {
  const program = `
    const failed = [];
    (async () => {
      for (const entry of ${JSON.stringify(entries)}) {
        try { ${load} } catch (error) { failed.push(entry + ': ' + (error.code ?? '') + ' ' + error.message); }
      }
      process.stdout.write(JSON.stringify(failed));
    })();`;
  const { stdout, stderr, code } = await run(process.execPath, ['--input-type=commonjs', '--eval', program], {
    cwd: project,
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe.each(names)('@cloudtask/%s', (name) => {
  const entries = entriesOf(project, name);
  // Its matchers belong to a run of vitest, which the project of this user does not have.
  const modules = entries.filter((entry) => !entry.endsWith('.json') && entry !== '@cloudtask/testing/vitest');

  test.concurrent('can be imported by every documented path', async ({ expect }) => {
    expect(entries.length).toBeGreaterThan(0);
    expect(await failing(modules, 'await import(entry)')).toEqual([]);
  });

  test.concurrent('can be required from CommonJS by the same paths', async ({ expect }) => {
    expect(
      await failing(
        entries.filter((entry) => entry !== '@cloudtask/testing/vitest'),
        'require(entry)',
      ),
    ).toEqual([]);
  });

  test.concurrent('keeps its files to itself', async ({ expect }) => {
    const deep = ['dist/index.js', 'dist/main.js', 'src/index.ts', 'dist/bin/worker.js'].map(
      (file) => `@cloudtask/${name}/${file}`,
    );
    const refused = await failing(deep, 'await import(entry)');
    expect(refused).toHaveLength(deep.length);
    // A pattern (`./*` of core) has an answer for every path, and there is no such file.
    for (const each of refused) expect(each).toMatch(/: ERR_(PACKAGE_PATH_NOT_EXPORTED|MODULE_NOT_FOUND) /);
  });
});

test('the condition with which the repository runs from source is not published', async () => {
  const load = `import('@cloudtask/sdk').then(({ CloudTask }) => console.log(typeof CloudTask))`;
  const ran = await run(process.execPath, ['--conditions=source', '--eval', load], { cwd: project });
  expect(ran).toMatchObject({ code: 0, stdout: 'function\n' });
});
