import { join } from 'node:path';
import { findBinary } from '../../test/support/find-binary.ts';
import { findDebianMirror } from './engine/debian-mirror.ts';
import { unpackPackages } from './engine/debian-packages.ts';
import type { EngineEnvironment } from './engine/engine.ts';
import { unpackEngine } from './engine/unpack-engine.ts';
import { expectCommand } from './run-command.ts';
import { NotAvailable, type Run } from './step.ts';

// Both are of sid, whose builds run on Debian 12 too: its own promtool is too old for these rules, and kubectl it has none.
const tools = {
  promtool: { variable: 'CLOUDTASK_PROMTOOL', package: 'promtool' },
  kubectl: { variable: 'CLOUDTASK_KUBECTL', package: 'kubectl' },
};

/** The tool that the user names or has, else Debian's, unpacked into the cache. */
export async function findTool({ cache }: Run, name: keyof typeof tools): Promise<string> {
  const { variable, package: debianPackage } = tools[name];
  const told = process.env[variable];
  if (told) return told;
  try {
    return findBinary(name, []);
  } catch {
    const set = { name: `${name}-sid`, suite: 'sid', packages: [debianPackage] };
    return join(
      await orNotAvailable(findDebianMirror().then((mirror) => unpackPackages(cache, mirror, set))),
      'usr/bin',
      name,
    );
  }
}

/** The docker command with compose; checking files needs no engine behind it. */
export async function findDockerCli(run: Run): Promise<{ docker: string; env: EngineEnvironment }> {
  const env = await cliEnvironment(run);
  return { docker: (await expectCommand(['sh', '-c', 'command -v docker'], { env })).trim(), env };
}

async function cliEnvironment(run: Run): Promise<EngineEnvironment> {
  try {
    return run.engine().env;
  } catch {
    return orNotAvailable(findDebianMirror().then((mirror) => unpackEngine(run.cache, mirror)));
  }
}

async function orNotAvailable<T>(found: Promise<T>): Promise<T> {
  return found.catch((error: Error) => {
    throw new NotAvailable(error.message);
  });
}
