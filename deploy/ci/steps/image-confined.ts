import { expectCommand } from '../run-command.ts';
import type { Run, Step } from '../step.ts';
import { imageBuild } from './image.ts';
import { project } from './project.ts';

const confined = [
  'run',
  '--rm',
  '--read-only',
  '--tmpfs',
  '/tmp',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
  '--network',
  'none',
];

/** What the image is, seen from inside: nobody special, unable to change itself, and with nothing in it that is not needed. */
export const imageConfined: Step = {
  name: 'image runs as 1000, read-only, without capabilities',
  needs: [imageBuild, project],
  async run(run) {
    for (const role of ['job-service', 'worker', 'results-processor', 'scheduler']) {
      const help = await docker(run, [], [role, '--help']);
      if (!help.includes(role)) throw new Error(`\`${role} --help\` in the image says:\n${help}`);
    }
    const seen = JSON.parse(await docker(run, ['--entrypoint', 'node'], ['--eval', look])) as Seen;
    const expected: Seen = { uid: 1000, node: 24, canWriteCode: false, canWriteTmp: true, found: [] };
    if (JSON.stringify(seen) !== JSON.stringify(expected)) {
      throw new Error(`in the image it is ${JSON.stringify(seen)}; it must be ${JSON.stringify(expected)}`);
    }
  },
};

interface Seen {
  uid: number;
  node: number;
  canWriteCode: boolean;
  canWriteTmp: boolean;
  /** What has no business in an image: sources, tests, tools of development, files of a clone. */
  found: string[];
}

const look = `
const fs = require('node:fs');
const canWrite = (file) => { try { fs.writeFileSync(file, ''); return true; } catch { return false; } };
const unwanted = ['node_modules/vitest', 'node_modules/typescript', 'packages/core/src', 'packages/server/src', 'packages/cli', '.git', '.env', 'deploy'];
console.log(JSON.stringify({
  uid: process.getuid(),
  node: Number(process.versions.node.split('.')[0]),
  canWriteCode: canWrite('/app/packages/server/dist/x'),
  canWriteTmp: canWrite('/tmp/x'),
  found: unwanted.filter((name) => fs.existsSync('/app/' + name)),
}));`;

function docker(run: Run, flags: string[], args: string[]): Promise<string> {
  const { env } = run.resultOf(project);
  return expectCommand(['docker', ...confined, ...flags, run.resultOf(imageBuild), ...args], {
    env,
    signal: run.signal,
  });
}
