import type { AddressInfo } from 'node:net';
import { CannotListen } from '@cloudtask/core/probe';
import { DEVELOPMENT_SECRET } from '../settings.ts';
import { buildApp } from './app.ts';
import type { App } from './app-type.ts';
import type { JobServiceDeps } from './deps.ts';

export interface JobService {
  url: string;
  port: number;
  app: App;
  /** Answers what is under way, ends streams and waits, publishes the last hints. Closing twice is fine. */
  close(): Promise<void>;
}

/** The REST API: accounts, and jobs until a worker takes them and after it is done with them. */
export async function startJobService(deps: JobServiceDeps): Promise<JobService> {
  const { settings, logger } = deps;
  if (settings.jwtSecret === DEVELOPMENT_SECRET) {
    logger.warn(
      {},
      'tokens are signed with the public development secret: set CLOUDTASK_JWT_SECRET before others can reach this',
    );
  }
  const app = await buildApp(deps);
  try {
    await app.listen({ port: settings.port, host: settings.host });
  } catch (error) {
    await app.close();
    throw isSystemError(error) ? new CannotListen(settings.host, settings.port, error) : error;
  }
  const { port } = app.server.address() as AddressInfo; // it listens on TCP
  let closing: Promise<void> | undefined;
  return { url: `http://${hostOf(settings.host)}:${port}`, port, app, close: () => (closing ??= app.close()) };
}

/** Of `listen` itself, not of a hook that runs before it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** An address that a client on this machine can use. */
function hostOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
