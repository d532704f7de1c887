import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findDockerCli } from '../find-tools.ts';
import { composeFolder } from '../repository.ts';
import { lastLines, runCommand } from '../run-command.ts';
import { NotAvailable, type Run, type Step } from '../step.ts';

/** compose's own schema and interpolation, for each way in which the files are put together. */
export const composeConfigs: Step[] = [
  check('compose config: base'),
  check('compose config: alloy', 'compose.alloy.yaml'),
  check('compose config: prod', 'compose.prod.yaml'),
  check('compose config: traces', 'compose.traces.yaml'),
  check('compose config: prod and traces', 'compose.prod.yaml', 'compose.traces.yaml'),
];

function check(name: string, ...overrides: string[]): Step {
  return { name, run: (run) => validate(run, ['compose.yaml', ...overrides]) };
}

async function validate(run: Run, files: string[]): Promise<void> {
  const absent = files.find((file) => !existsSync(join(composeFolder, file)));
  if (absent) throw new NotAvailable(`deploy/compose has no ${absent}`);
  const { env } = await findDockerCli(run);
  const secrets: Record<string, string> = {};
  for (;;) {
    const { code, stderr } = await runCommand(['docker', 'compose', '--env-file', '/dev/null', 'config', '--quiet'], {
      env: { ...env, ...secrets, COMPOSE_FILE: files.join(':'), COMPOSE_PROFILES: 'app' },
      cwd: composeFolder,
      signal: run.signal,
    });
    if (code === 0) break;
    // `${NAME:?…}`: production asks for what must not have a default, one at a time.
    const missing = /required variable (\w+) is missing a value/.exec(stderr)?.[1];
    if (!missing || missing in secrets) throw new Error(lastLines(stderr, 5));
    secrets[missing] = 'a-value-that-is-long-enough-for-a-secret';
  }
  const asked = Object.keys(secrets);
  if (files.includes('compose.prod.yaml') && asked.length === 0) {
    throw new Error('production asks for no secret at all: every one has a default');
  }
  if (asked.length > 0) run.note(`refused without ${asked.join(', ')}`);
}
