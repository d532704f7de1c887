import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { aJob } from './support/play-server.ts';

const folder = join(import.meta.dirname, '..');
const LIMIT_KB = 12;
const RUNTIMES = ['browser', 'workerd', 'edge-light', 'deno', 'bun'] as const;

/** The whole front door as a browser would get it: minified, nothing shaken off. */
async function bundled(): Promise<{ code: string; imports: string[] }> {
  const bundle = await rolldown({
    input: join(folder, 'src/index.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['source', 'browser', 'import', 'default'] },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return {
    code: output.map((each) => (each.type === 'chunk' ? each.code : '')).join(''),
    imports: output.flatMap((each) => (each.type === 'chunk' ? [...each.imports, ...each.dynamicImports] : [])),
  };
}

test(`for browsers and edge runtimes it is at most ${LIMIT_KB} kB and needs nothing, of Node least of all`, async () => {
  const { code, imports } = await bundled();
  const kB = gzipSync(code, { level: 9 }).length / 1_000;
  expect(imports).toEqual([]);
  expect(code).not.toMatch(/["'`]node:|["'`]undici["'`]/);
  // Said in the name of what fails, and in the log of what passes.
  console.log(`the fetch build is ${kB.toFixed(2)} kB (gzip)`);
  expect(kB, `${kB.toFixed(2)} kB of gzip`).toBeLessThanOrEqual(LIMIT_KB);
});

test('errors keep their names in it, minified as it is', async () => {
  const { code } = await bundled();
  const url: string = `data:text/javascript,${encodeURIComponent(code)}`;
  const { JobFailedError, CloudTaskError } = (await import(url)) as typeof import('../src/index.ts');
  class Mine extends CloudTaskError {}
  expect(new JobFailedError(aJob({ status: 'FAILED' })).name).toBe('JobFailedError');
  expect(new Mine('mine', { code: 'MINE' }).name).toBe('Mine');
});

test.each(RUNTIMES)('what is published for %s is what was measured', (runtime) => {
  const { imports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    imports: Record<string, Record<string, string> & { source: { default: string } }>;
  };
  for (const conditions of Object.values(imports)) {
    const measured = conditions.source.default.replace('./src/', './dist/').replace(/\.ts$/, '.js');
    expect(conditions[runtime]).toBe(measured);
    // The first condition that a runtime knows counts, and some know `node` too.
    const order = Object.keys(conditions);
    expect(order.indexOf(runtime)).toBeLessThan(order.indexOf('node'));
  }
});
