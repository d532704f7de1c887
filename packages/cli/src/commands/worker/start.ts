import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { usageError } from '../../errors/cli-error.ts';
import { importWorkerProgram } from '../../import-worker.ts';
import { projectFlags } from '../../open-project.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import type { Surroundings } from '../../surroundings.ts';

/** Those of the worker's own program, but for its secrets: what stands on a command line is seen by the whole machine. */
const workerFlags = {
  ...projectFlags,
  plugins: Flags.string({ description: 'plugins, with commas between' }),
  only: Flags.string({ description: 'run jobs of these types alone, with commas between', helpValue: 'TYPE' }),
  queues: Flags.string({ description: 'queues to take jobs from; mail:5 has slots of its own' }),
  concurrency: Flags.integer({ description: 'jobs at a time', min: 1, max: 10_000 }),
  once: Flags.boolean({ description: 'run what is ready, then end; without a port for health' }),
  'max-jobs': Flags.integer({ description: 'end after so many jobs', min: 1, max: 1_000_000_000 }),
  'worker-name': Flags.string({ description: 'name that jobs show' }),
  'shutdown-grace': Flags.string({ description: 'how long running jobs may go on at the end', helpValue: '25s' }),
  'metrics-port': Flags.integer({ description: 'port of health and metrics', min: 0, max: 65_535 }),
  'log-level': Flags.string({ description: 'least important lines', options: ['debug', 'info', 'warn', 'error'] }),
  'log-format': Flags.string({ description: 'form of the lines', options: ['auto', 'pretty', 'json'] }),
  'settings-file': Flags.string({ description: 'file with variables; else .env of this folder', helpValue: 'FILE' }),
};

/** Unlike the program, whose defaults are those of a developer's machine: a worker on the wrong database is hard to notice. */
const NEEDED = ['CLOUDTASK_DATABASE_URL', 'CLOUDTASK_BROKER_URL'];

export default class WorkerStart extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'run jobs here: a worker with the handlers of this project';
  static override description =
    'The same program as cloudtask-worker, with the same variables (cloudtask docs settings). It talks to database and broker, not to the API: CLOUDTASK_DATABASE_URL and CLOUDTASK_BROKER_URL have to be set, or be in .env. Addresses with passwords are never flags. Logs go to stderr; Ctrl-C lets running jobs finish. It ends by itself with --once, when nothing of its queues and types is ready any more (what is due later stays for the next time), after --max-jobs, and when an operator drains it: with 0, and says how many jobs ran.';
  static override examples = [
    '<%= config.bin %> worker start --handlers src/handlers',
    '<%= config.bin %> worker start --queues mail:10,images --concurrency 20',
    '<%= config.bin %> worker start --only image.thumb,image.crop --max-jobs 1000',
    '<%= config.bin %> worker start --once',
    '<%= config.bin %> worker start --settings-file production.env',
  ];
  static override flags = workerFlags;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags } = await this.begin(WorkerStart);
    refuseMissing(this.surroundings, flags['settings-file']);
    const { runWorker } = await importWorkerProgram();
    const argv = Object.keys(workerFlags).flatMap((name) => {
      const value = flags[name as keyof typeof workerFlags];
      if (value === undefined) return [];
      // Switches of the program take no value.
      return value === true ? [`--${name}`] : [`--${name}=${value}`];
    });
    await runWorker({ command: 'cloudtask worker start', argv });
  }
}

function refuseMissing({ env, cwd }: Surroundings, settingsFile: string | undefined): void {
  const path = resolve(cwd, settingsFile ?? '.env');
  const file = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  const missing = NEEDED.filter((name) => ![name, `${name}_FILE`].some((each) => env[each] || file[each]));
  if (missing.length === 0) return;
  throw usageError(`${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`, {
    why: 'A worker talks to the database and the broker of the platform. Set them in the environment or in .env; with _FILE at the end they name a file.',
    tryThis: 'cloudtask docs settings   or cloudtask dev, which needs neither',
  });
}
