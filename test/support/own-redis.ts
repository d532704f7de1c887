import { rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { ownFolder } from './own-folder.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';

/** A private Redis that keeps nothing on disk: after `stop` or `kill9` it comes back empty, as a doorbell may. */
export async function startOwnRedis(): Promise<OwnServer> {
  const command = findBinary('redis-server', []);
  const folder = await ownFolder('redis');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  return startOwnServer({
    name: 'Redis',
    url,
    command,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
    stopSignal: 'SIGTERM',
    prepare: async () => {},
    erase: async () => {},
    answers: () => answersRedis(url),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  });
}

export async function answersRedis(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 3000 });
  // Without a listener ioredis logs what `connect` rejects with anyway.
  redis.on('error', () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } finally {
    redis.disconnect();
  }
}
