// What the thread of PGlite and its owner say to each other.

export interface EngineOptions {
  /** PostgreSQL's data directory; none keeps everything in memory. */
  directory: string | undefined;
  /** A data directory to begin with (.tar.gz). Saves most of the first start. */
  seed: Uint8Array | undefined;
}

/** `begin` answers its own id, which names the transaction from then on. */
export type Request = { id: number } & (
  | { op: 'query'; transaction: number | undefined; name: string; text: string; values: readonly unknown[] }
  | { op: 'script'; text: string }
  | { op: 'begin' }
  | { op: 'commit' | 'rollback'; transaction: number }
  | { op: 'dump' }
  | { op: 'close' }
);

/** `broken`: the engine is of no use any more, and what was asked of it will not be answered. */
export type Reply =
  | { ready: true }
  | { broken: string }
  | { id: number; answer: unknown }
  | { id: number; refusal: Refusal };

/** An error without its class, which does not survive the way between threads. */
export type Refusal = { message: string } & Partial<Record<(typeof REFUSAL_FIELDS)[number], string>>;

export const REFUSAL_FIELDS = [
  ...(['code', 'severity', 'detail', 'hint', 'constraint', 'schema', 'table', 'column'] as const),
  ...(['dataType', 'position', 'where'] as const),
];

export interface Answer {
  rows: unknown[];
  affectedRows: number;
}
