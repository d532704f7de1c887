// `npm run check`: everything that can be known about the code without running it. One line per step; only a step that
// fails shows its output. `npm run check -- types` runs the steps whose names contain the word.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages, tarballOf } from './packages/published-packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packed = mkdtempSync(path.join(tmpdir(), 'cloudtask-packed-'));

/** What runs under this very Node: [script, ...arguments]. */
const steps = [
  {
    name: 'format and lint',
    run: [tool('@biomejs/biome', 'biome'), 'ci', '--error-on-warnings', '--diagnostic-level=warn', '--colors=off', '.'],
  },
  { name: 'types and build', run: [tool('typescript', 'tsc'), '-b', '--pretty', 'false'] },
  {
    name: 'types of tests and scripts',
    run: [tool('typescript', 'tsc'), '-p', 'tsconfig.tests.json', '--pretty', 'false'],
  },
  { name: 'boundaries', run: ['scripts/check-boundaries.ts'] },
  { name: 'unused code', run: [tool('knip', 'knip'), '--no-progress'] },
  // The tarballs, as users get them: a package.json of the repository says more than that of the package.
  { name: 'package all', run: ['--conditions=source', 'scripts/packages/pack.ts', packed] },
  ...publishedPackages().map((each) => ({
    name: `package ${each.name}`,
    run: [tool('publint', 'publint'), 'run', tarballOf(each, packed), '--strict'],
  })),
  ...publishedPackages().map((each) => ({
    name: `types of package ${each.name}`,
    run: [
      tool('@arethetypeswrong/cli', 'attw'),
      tarballOf(each, packed),
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
    ],
  })),
  { name: 'fresh generated files', run: ['--conditions=source', 'scripts/generate.mjs', '--check'] },
];

const wanted = process.argv[2] ?? '';
let failed = 0;
for (const step of steps.filter(({ name }) => name.includes(wanted))) {
  const from = performance.now();
  const { code, output } = await run(step.run);
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
  if (code === 0) continue;
  failed += 1;
  console.log(output.trimEnd().replace(/^/gm, '     '));
}
rmSync(packed, { recursive: true, force: true });
if (failed > 0) console.log(`check: ${failed} of ${steps.length} steps failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** The script behind a tool's command. */
function tool(name, command) {
  const folder = path.join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]);
}

function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        output += bytes;
      });
    }
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}
