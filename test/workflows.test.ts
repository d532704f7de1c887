import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

interface Step {
  uses?: string;
  run?: string;
}
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: Step[] }>;
}

const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map((file) => ({
  file,
  ...(parse(readFileSync(path.join(root, file), 'utf8')) as Workflow),
}));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

test('they run what contributors run, by scripts that exist', () => {
  expect(workflows.map(({ file }) => path.basename(file)).sort()).toEqual(['ci.yml', 'release.yml']);
  for (const workflow of workflows) {
    const runs = stepsOf(workflow).flatMap(({ run }) => run ?? []);
    expect(runs, workflow.file).toContain('.ci/run');
    const named = runs.flatMap((run) => [...run.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name));
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  }
});

test('they may read, and only the job that publishes may prove who it is', () => {
  for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
  const proving = workflows.flatMap(({ jobs }) =>
    Object.entries(jobs).flatMap(([name, job]) => (job.permissions?.['id-token'] ? [name] : [])),
  );
  expect(proving).toEqual(['publish']);
});

test('they use the actions of GitHub alone, at a major version', () => {
  const used = workflows.flatMap((workflow) => stepsOf(workflow).flatMap(({ uses }) => uses ?? []));
  for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
});
