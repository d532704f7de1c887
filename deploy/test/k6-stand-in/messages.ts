import type { MessagePort } from 'node:worker_threads';

/** What the thread of a script gets. */
export interface ThreadData {
  script: string;
  env: Record<string, string>;
  iterations: number;
  port: MessagePort;
  /** Becomes 1 when an answer lies in the port. */
  woken: Int32Array<SharedArrayBuffer>;
}

export interface StandInRequest {
  method: string;
  url: string;
  body: string | undefined;
  headers: Record<string, string>;
}

export interface StandInAnswer {
  status: number;
  body: string;
  error: string;
}

/** What a script did. */
export interface ScriptReport {
  /** As JSON, which is all that k6 sees of them. */
  options: string;
  requests: { name: string | undefined; method: string; path: string; status: number }[];
  checks: { name: string; isPassed: boolean }[];
  counters: Record<string, number>;
}
