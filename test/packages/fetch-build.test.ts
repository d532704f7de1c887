import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, inject, test } from 'vitest';

const folder = path.join(inject('installed').project, 'node_modules/@cloudtask/sdk');
const LIMIT_KB = 12;

/** The front door as this runtime gets it from the installed package, and all that it leads to. */
async function bundledFor(runtime: string): Promise<{ code: string; imports: string[]; modules: string[] }> {
  const bundle = await rolldown({
    input: path.join(folder, 'dist/index.js'),
    // Not `browser`: rolldown would add conditions of its own.
    platform: 'neutral',
    resolve: { conditionNames: [runtime, 'import', 'default'] },
    external: [/^node:/, 'undici'],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const chunks = output.filter((each) => each.type === 'chunk');
  return {
    code: chunks.map(({ code }) => code).join(''),
    imports: chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => path.relative(folder, id))),
  };
}

test.each(['workerd', 'edge-light', 'deno', 'bun', 'browser'])(
  'as installed, %s reaches nothing of Node',
  async (runtime) => {
    const { code, imports, modules } = await bundledFor(runtime);
    expect(imports).toEqual([]);
    expect(modules).toContain('dist/transports/fetch.js');
    expect(modules.filter((file) => !file.startsWith('dist/') || file.startsWith('dist/node/'))).toEqual([]);
    const kB = gzipSync(code, { level: 9 }).length / 1_000;
    expect(kB, `${kB.toFixed(2)} kB of gzip`).toBeLessThanOrEqual(LIMIT_KB);
  },
);

test('as installed, Node gets undici', async () => {
  const { imports, modules } = await bundledFor('node');
  expect(imports).toContain('undici');
  expect(modules).not.toContain('dist/transports/fetch.js');
});
