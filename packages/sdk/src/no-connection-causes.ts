/** What is known of the codes of failed connections. */
export interface ConnectionCauses {
  /** For people. */
  explained: Record<string, string>;
  /** There was no connection to send anything on. */
  noConnection: readonly string[];
  /** A kept-alive connection that the other side had closed. */
  stale: readonly string[];
}

/** Outside of Node a failed request has no code. */
export const causes: ConnectionCauses = { explained: {}, noConnection: [], stale: [] };
