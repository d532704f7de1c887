import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';

interface Holder {
  pid: number;
  url?: string;
}

/** Why the platform did not start, as far as somebody at a terminal can do something about it. */
export function startRefusal(error: unknown, dataFolder: string): unknown {
  const { code, message, holder } = error as { code?: unknown; message?: string; holder?: Holder };
  if (code === 'DIRECTORY_IN_USE') {
    const by =
      holder === undefined
        ? 'another process'
        : `process ${holder.pid}${holder.url === undefined ? '' : `, ${holder.url}`}`;
    return new CliError(`${dataFolder} is in use by ${by}`, {
      code,
      exit: EXIT.refused,
      why: 'It is no dev that this one could show the jobs of. Two on the same data would lose what the other writes.',
      tryThis: 'cloudtask dev --data .cloudtask-2   (or stop the other one)',
      cause: error,
    });
  }
  // What has no code is a bug, and is reported as one.
  if (typeof code !== 'string') return error;
  return new CliError('the platform did not start', { code, exit: EXIT.other, why: `${message}.`, cause: error });
}
