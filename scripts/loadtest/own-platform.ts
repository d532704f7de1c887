import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from '../../test/support/cloudtask.ts';

export interface OwnPlatform {
  url: string;
  close(): Promise<void>;
}

/** In a process of its own: what sends the load must not wait for what answers it. */
export async function startOwnPlatform(): Promise<OwnPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-loadtest-'));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    // What the shell sets must not make this a test of somebody's database, or send mail.
    const stores = ['--database-url', `pglite:${folder}`, '--broker-url', 'memory:', '--signals-url', 'memory:'];
    const service = await startService('embedded', { CLOUDTASK_SMTP_URL: '' }, [
      ...stores,
      '--port',
      '0',
      '--data-dir',
      folder,
    ]);
    return {
      url: service.url,
      async close() {
        await service.end('SIGTERM');
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
