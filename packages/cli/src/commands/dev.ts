import { join, resolve } from 'node:path';
import { DEV_FOLDER } from '@cloudtask/sdk/node/dev-session';
import { Flags } from '@oclif/core';
import { CliError } from '../cli-error.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { DEV_ACCOUNT, openDevSession } from '../dev-session.ts';
import { EXIT } from '../exit-codes.ts';
import { freePortFrom } from '../free-port.ts';
import type { Output } from '../output.ts';
import { showAllJobs } from '../show-all-jobs.ts';

export default class Dev extends CloudTaskCommand {
  static override summary = 'run the whole platform here, for development';
  static override description =
    'Needs no database, no broker and no account: data are in .cloudtask/, and every cloudtask command below this folder is signed in.';
  static override examples = ['<%= config.bin %> dev', '<%= config.bin %> dev --port 9000'];
  static override flags = {
    port: Flags.integer({ description: 'first port to try', default: 8080, min: 0, max: 65_535 }),
    data: Flags.string({ description: 'folder for the data', default: DEV_FOLDER }),
  };

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Dev);
    const folder = resolve(this.surroundings.cwd, flags.data);
    const { startEmbedded } = await loadPlatform();
    const port = flags.port === 0 ? 0 : await freePortFrom(flags.port);
    const stop = stopSignals(out);
    const platform = await startEmbedded({ port, dataDir: folder, operators: [DEV_ACCOUNT] });
    try {
      const ct = this.connect({ url: platform.url });
      const session = await openDevSession(ct, folder, process.pid);
      try {
        greet(out, { url: platform.url, folder, wanted: flags.port, port });
        await showAllJobs({ ct, out }, stop);
      } finally {
        await session.clear();
        await ct.close();
      }
    } finally {
      await platform.close();
    }
    out.say('Stopped.');
  }
}

/** The first Ctrl-C lets running jobs finish; the second one is the system's, which ends the process at once. */
function stopSignals(out: Output): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      out.warn('Stopping: running jobs may finish… Ctrl-C again to stop now');
      controller.abort();
    });
  }
  return controller.signal;
}

async function loadPlatform() {
  try {
    return await import('@cloudtask/server/embedded');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError('the platform is not installed', {
      code: 'SERVER_MISSING',
      exit: EXIT.other,
      tryThis: 'npm install @cloudtask/server',
      cause: error,
    });
  }
}

function greet(
  out: Output,
  { url, folder, wanted, port }: { url: string; folder: string; wanted: number; port: number },
) {
  const { sayStyle: style } = out;
  out.say(`  ${style.bold('CloudTask')}  ${style.dim('for development, on this machine only')}`);
  if (wanted !== 0 && port !== wanted) out.say(`  Port ${wanted} is taken.`);
  out.say(`  API   ${style.cyan(url)}   reference ${url}/docs`);
  out.say(`  Data  ${folder}   mail in ${join(folder, 'mail')}`);
  out.next('cloudtask submit sleep seconds:=5 --wait');
  out.say('');
}
