import type { ConnectionCauses } from '../no-connection-causes.ts';

/** What the system and undici say of connections that failed, by their codes. */
export const causes: ConnectionCauses = {
  explained: {
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'the connection was reset',
    UND_ERR_SOCKET: 'the connection was closed',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'the name cannot be resolved now',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  },
  noConnection: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
  stale: ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'],
};
