import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually.ts';
import { type Command, type Guarded, spawnGuarded } from './guarded-process.ts';

/** A server of the test's own: stopping, killing and wiping it disturbs nobody. Data directory and port stay the same. */
export interface OwnServer {
  readonly url: string;
  /** Ends it as an operator would, and waits until it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill9(): Promise<void>;
  /** Starts it again after `stop` or `kill9`; stops it first when it still runs. Resolves when it answers. */
  restart(): Promise<void>;
  /** Restarts it with nothing in it. */
  wipe(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends it and deletes its data directory. */
  close(): Promise<void>;
}

export interface ServerRecipe extends Command {
  name: string;
  url: string;
  /** The signal of an orderly, quick stop. */
  stopSignal: NodeJS.Signals;
  /** Makes the data directory ready; called before the first start and after a wipe. */
  prepare(): Promise<void>;
  /** Throws, or answers false, while the server does not serve yet. */
  answers(): Promise<boolean>;
  /** Whether it ended at once, saying this, only because something of the one before is not gone yet. */
  isTooEarly?(output: string): boolean;
  /** Deletes what the server wrote. */
  erase(): Promise<void>;
  /** Last: helpers of the server, the folder itself. */
  cleanUp(): Promise<void>;
}

export async function startOwnServer(server: ServerRecipe): Promise<OwnServer> {
  let running: Guarded | undefined;

  async function start(): Promise<void> {
    const tooLate = performance.now() + TOO_EARLY_MS;
    for (;;) {
      running = spawnGuarded(server);
      const isTooEarly = () => running?.hasEnded() && server.isTooEarly?.(running.output()) === true;
      try {
        return await untilItAnswers(server, running);
      } catch (error) {
        const again = isTooEarly() && performance.now() < tooLate;
        await end('SIGKILL');
        if (!again) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = running;
    running = undefined;
    await ending?.end(signal);
  }

  async function close(): Promise<void> {
    await end('SIGKILL');
    await server.cleanUp();
  }

  try {
    await server.prepare();
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: server.url,
    stop: () => end(server.stopSignal),
    kill9: () => end('SIGKILL'),
    async restart() {
      await end(server.stopSignal);
      await start();
    },
    async wipe() {
      await end('SIGKILL');
      await server.erase();
      await server.prepare();
      await start();
    },
    freeze: () => running?.signal('SIGSTOP'),
    thaw: () => running?.signal('SIGCONT'),
    close,
  };
}

async function untilItAnswers(server: ServerRecipe, running: Guarded): Promise<void> {
  await eventually(async () => running.hasEnded() || (await server.answers()), {
    timeoutMs: 60_000,
    intervalMs: 100,
    describe: () => `own ${server.name}: ${running.output() || 'no output'}`,
  });
  if (running.hasEnded()) throw new Error(`own ${server.name} ended at once: ${running.output()}`);
}

const TOO_EARLY_MS = 10_000;
const AGAIN_MS = 100;
