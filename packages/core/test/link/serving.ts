import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../../../test/support/node-flags.ts';
import { ipcChannel, type LinkChannel } from '../../src/link/link-channel.ts';
import { openLinkedPlatform } from '../../src/link/open-linked-platform.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Platform } from '../../src/open-platform.ts';
import { type Needs, type SessionMessage, sessionChannel } from './session-channel.ts';

const ENTRY = fileURLToPath(new URL('./serving-process.ts', import.meta.url));

/** A process that holds platforms, and this one linked to them over a real IPC channel. */
export class Serving {
  readonly process: ChildProcess;
  readonly #channel: LinkChannel;
  #sessions = 0;

  constructor() {
    this.process = fork(ENTRY, [], { serialization: 'advanced', execArgv: NODE_FLAGS });
    this.process.setMaxListeners(0);
    this.#channel = ipcChannel(this.process);
  }

  /** A platform of its own, with nothing in it. */
  async open(needs: Needs): Promise<Platform & { session: number }> {
    const session = ++this.#sessions;
    const opened = this.#answerOf(session, ({ opened }) => opened);
    this.#channel.send({ session, open: needs } satisfies SessionMessage);
    await opened;
    const platform = await openLinkedPlatform(sessionChannel(this.#channel, session), {
      service: 'linked-test',
      logger: silentLogger,
    });
    return { ...platform, session };
  }

  /** The serving side lets go of the session; what its database and a queue of its broker hold after that. */
  async endAndLook(session: number, sql: string): Promise<Pick<SessionMessage, 'rows' | 'depth'>> {
    const answer = this.#answerOf(session, ({ rows, depth }) => rows && { rows, ...(depth && { depth }) });
    this.#channel.send({ session, close: true } satisfies SessionMessage);
    this.#channel.send({ session, sql } satisfies SessionMessage);
    return await answer;
  }

  async close(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  #answerOf<T>(session: number, take: (message: SessionMessage) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      this.#channel.onMessage((message) => {
        const answer = (message as SessionMessage).session === session && take(message as SessionMessage);
        if (answer) resolve(answer);
      });
    });
  }
}
