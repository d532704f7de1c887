import { join, resolve } from 'node:path';
import { DEV_FOLDER } from '@cloudtask/sdk/node/dev-session';
import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { findProject } from '../dev/project-folder.ts';
import { runDev } from '../dev/run-dev.ts';
import { usageError } from '../errors/cli-error.ts';
import { printsNothing } from '../requests/own-requests.ts';

const CHAOS = ['redeliver', 'slow', 'crash'] as const;

export default class Dev extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'run the whole platform here, for development';
  static override description =
    'Needs no database, no broker and no account: data are in .cloudtask/, and every cloudtask command below this folder is signed in. Handlers come from cloudtask.config.ts, --handlers, handlers/ or src/handlers/, and are loaded again when a file is saved: running jobs end on the old code. Where dev runs already, its jobs are shown.';
  static override examples = [
    '<%= config.bin %> dev',
    '<%= config.bin %> dev --demo',
    '<%= config.bin %> dev --handlers jobs --chaos=redeliver,crash',
    '<%= config.bin %> dev --memory --seed seed.ndjson -o jsonl',
  ];
  static override flags = {
    port: Flags.integer({ description: 'first port to try', default: 8080, min: 0, max: 65_535 }),
    data: Flags.string({ description: `folder for the data (default ${DEV_FOLDER} of the project)` }),
    config: Flags.string({ description: 'configuration in place of the nearest cloudtask.config.ts' }),
    handlers: Flags.string({ description: 'folder of the handlers; wins over the configuration' }),
    only: Flags.string({
      description: 'run only this type; several times for several',
      multiple: true,
      multipleNonGreedy: true,
    }),
    concurrency: Flags.integer({ description: 'jobs at a time', min: 1, max: 10_000 }),
    reload: Flags.boolean({ description: 'load the code again when a file is saved', default: true, allowNo: true }),
    fresh: Flags.boolean({ description: 'remove the data of earlier starts first' }),
    memory: Flags.boolean({ description: 'keep nothing', exclusive: ['fresh'] }),
    seed: Flags.string({ description: 'submit the jobs of an NDJSON file, each line once' }),
    chaos: Flags.string({ description: `make trouble on purpose: ${CHAOS.join(',')}`, helpValue: CHAOS.join(',') }),
    demo: Flags.boolean({ description: 'three jobs to look at; needs no project' }),
    worker: Flags.boolean({ description: 'run jobs', default: true, allowNo: true }),
    inspect: Flags.boolean({ description: 'let a debugger attach; one job at a time' }),
  };
  static override requests = printsNothing('It is a server of its own.');

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Dev);
    const { cwd } = this.surroundings;
    const inCwd = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path));
    const project = findProject(cwd);
    const connect = (url: string, auth?: FoundSettings['auth']) => this.connect({ url, auth });
    const code = await runDev(
      { out, surroundings: this.surroundings, connect },
      {
        version: this.config.version,
        project,
        dataFolder: inCwd(flags.data) ?? join(project.folder, DEV_FOLDER),
        port: flags.port,
        configFile: inCwd(flags.config),
        handlersFolder: inCwd(flags.handlers),
        only: flags.only,
        concurrency: flags.concurrency,
        chaos: chaosOf(flags.chaos),
        seed: inCwd(flags.seed),
        isFresh: flags.fresh,
        isPassing: flags.memory,
        isDemo: flags.demo,
        hasWorkers: flags.worker,
        reloads: flags.reload,
        inspects: flags.inspect,
      },
    );
    this.exitWith(code);
  }
}

function chaosOf(text: string | undefined): (typeof CHAOS)[number][] {
  if (text === undefined) return [];
  return text.split(',').map((word) => {
    const kind = CHAOS.find((each) => each === word.trim());
    if (kind === undefined)
      throw usageError(`--chaos cannot be ${word.slice(0, 40)}`, { why: `It is some of ${CHAOS.join(', ')}.` });
    return kind;
  });
}
