// What crosses HTTP when a request is refused.

/** One line of a refusal: where (`path`, a JSON pointer) and what. */
export interface Issue {
  path: string;
  message: string;
}

/**
 * RFC 9457 problem document: `title` of the kind, `detail` of this case, `issues` place by place, the server's `requestId`.
 * Beside it, for older clients, `error`, `message`, `path` and `timestamp`.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, upper case, listed in docs/errors.md. */
  code: string;
  /** What to do about it. */
  hint: string;
  requestId: string;
  issues: Issue[];
  error: string;
  message: string;
  path: string;
  timestamp: string;
}
