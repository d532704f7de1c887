import type { LinkChannel } from '../../src/link/link-channel.ts';

export interface Needs {
  database: boolean;
}

export interface SessionMessage {
  session: number;
  message?: unknown;
  open?: Needs;
  opened?: true;
  close?: true;
  sql?: string;
  rows?: unknown[];
  depth?: { ready: number; consumers: number };
}

/** One of many links over one channel: starting a process for each would take most of the time of a test. */
export function sessionChannel(channel: LinkChannel, session: number): LinkChannel {
  return {
    get isOpen() {
      return channel.isOpen;
    },
    send: (message) => channel.send({ session, message }),
    onMessage: (hear) =>
      channel.onMessage((each) => {
        const { session: to, message } = each as SessionMessage;
        if (to === session && message !== undefined) hear(message);
      }),
    onClose: (end) => channel.onClose(end),
  };
}
