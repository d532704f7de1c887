import { onTestFinished } from 'vitest';
import { type ClientOptions, CloudTask } from '../../src/client.ts';
import { type Play, playServer } from './play-server.ts';

/** A playing server and a client for it; both end with the test. */
export async function withServer(routes: Record<string, Play>, options: ClientOptions = {}) {
  const server = await playServer(routes);
  const ct = new CloudTask({ url: server.url, auth: 'token-1', ...options });
  onTestFinished(async () => {
    await ct.close();
    await server.close();
  });
  return { ct, server };
}
