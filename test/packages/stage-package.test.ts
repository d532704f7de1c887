import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stagePackage } from '../../scripts/packages/stage-package.ts';
import { ownFolder } from '../support/own-folder.ts';

test('what the compiler once made of a source that is gone stays at home', async () => {
  const folder = await ownFolder('stage');
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = {
    'README.md': '# Small\n',
    'src/kept.ts': '',
    'dist/kept.js': 'export {};\n//# sourceMappingURL=kept.js.map\n',
    'dist/kept.js.map': '{}',
    'dist/kept.d.ts': 'export {};\n',
    'dist/gone.js': 'export {};\n',
    'dist/gone.d.ts': 'export {};\n',
    'dist/archive.tar.gz': '',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, 'small', name)), { recursive: true });
    await writeFile(path.join(folder, 'small', name), text);
  }
  const manifest = { name: '@cloudtask/small', version: '1.0.0' };
  const staged = path.join(folder, 'staged');
  await stagePackage({ name: 'small', folder: path.join(folder, 'small'), manifest }, staged);
  expect((await readdir(path.join(staged, 'dist'))).sort()).toEqual(['archive.tar.gz', 'kept.d.ts', 'kept.js']);
  expect(await readFile(path.join(staged, 'dist/kept.js'), 'utf8')).toBe('export {};\n');
});
