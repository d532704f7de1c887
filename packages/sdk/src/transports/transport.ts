/** One HTTP exchange, with nothing added: no retries, no credentials, no time limit but the signal's. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends idle and running connections. */
  close(): Promise<void>;
}

export interface TransportRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

export interface TransportResponse {
  status: number;
  headers: Headers;
  text(): Promise<string>;
  /** The body as it arrives. Leaving the loop early ends the connection. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Throws the rest of the body away, so that the connection is free again. */
  discard(): Promise<void>;
}
