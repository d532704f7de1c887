import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';

export interface Keys {
  /** Gives the terminal to somebody else, such as a question, and takes it back when that is over. */
  lend<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Keys as they are typed. The terminal sends no signals meanwhile: Ctrl-C is a key, too. */
export function readKeys(stdin: ReadStream, onKey: (key: string) => void): Keys {
  const read = (text: string | undefined, key: { ctrl?: boolean; name?: string }) => {
    if (key.ctrl && key.name === 'c') onKey('ctrl-c');
    else if (!key.ctrl && text) onKey(text);
  };
  const take = () => {
    stdin.setRawMode(true);
    stdin.on('keypress', read);
    stdin.resume();
  };
  const leave = () => {
    stdin.off('keypress', read);
    stdin.setRawMode(false);
    stdin.pause();
  };
  emitKeypressEvents(stdin);
  take();
  return {
    async lend(work) {
      leave();
      try {
        return await work();
      } finally {
        take();
      }
    },
    close: leave,
  };
}
