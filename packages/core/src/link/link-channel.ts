import type { EventEmitter } from 'node:events';

/** Carries messages between two processes, in order, until one of them lets go of it or dies. */
export interface LinkChannel {
  readonly isOpen: boolean;
  /** Throws when the message holds what cannot be copied; says nothing when the other side is gone. */
  send(message: unknown): void;
  onMessage(hear: (message: unknown) => void): void;
  /** Called once, also when the channel is closed already. */
  onClose(end: () => void): void;
}

/** Either end of Node's IPC channel: a child process seen from its parent, or `process` seen from the child. */
export interface IpcPeer extends EventEmitter {
  readonly connected: boolean;
  send?(message: unknown, callback?: (error: Error | null) => void): boolean;
}

/**
 * The part of an IPC channel that belongs to a link: others may send messages of their own over it. It needs
 * `serialization: 'advanced'`, for dates, bytes and numbers without end.
 */
export function ipcChannel(peer: IpcPeer): LinkChannel {
  return {
    get isOpen() {
      return peer.connected;
    },
    send(message) {
      // An error of the pipe is followed by 'disconnect', and that is when the link ends.
      if (peer.connected) peer.send?.({ [LINK]: message }, () => {});
    },
    onMessage(hear) {
      peer.on('message', (message: unknown) => {
        if (typeof message === 'object' && message !== null && LINK in message) hear(message[LINK]);
      });
    },
    onClose(end) {
      if (!peer.connected) queueMicrotask(end);
      else peer.once('disconnect', end);
    },
  };
}

const LINK = 'cloudtaskLink';
