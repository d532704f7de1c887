import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startService } from '../../../../test/support/cloudtask.ts';
import { freePort } from '../../../../test/support/free-port.ts';
import { type ProcessOptions, startOneProcess } from './one-process.ts';

const HANDLERS = fileURLToPath(new URL('../fixtures/handlers', import.meta.url));
const PASSWORD = 'correct horse battery';

/** A real platform, and the command signed in on it as an operator and as somebody else. */
export async function startPlatform(options: ProcessOptions = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudtask-platform-'));
  const flags = ['--port', String(await freePort()), '--data-dir', dataDir, '--handlers', HANDLERS];
  const [platform, cli] = await Promise.all([
    startService('embedded', { CLOUDTASK_OPERATORS: 'ada@example.com' }, flags),
    startOneProcess(options),
  ]);
  const register = (name: string, profile: string) =>
    cli.run(
      ['register', '--url', platform.url, '-p', profile, '--email', `${name}@example.com`, '--password-stdin', '-q'],
      {
        input: PASSWORD,
      },
    );
  await register('ada', 'default');
  await register('bob', 'bob');
  return {
    ...cli,
    url: platform.url,
    async close() {
      // Asked to stop, it would give what still runs its 20 seconds; none of it is kept.
      await Promise.all([platform.end('SIGKILL'), cli.close()]);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
