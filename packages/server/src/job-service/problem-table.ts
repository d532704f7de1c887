export interface ProblemKind {
  status: number;
  title: string;
  /** What to do about it. */
  hint: string;
}

/** Every refusal of the API by its stable code. docs/errors.md is generated from this table. */
export const PROBLEMS = {
  BAD_REQUEST: {
    status: 400,
    title: 'Not a valid HTTP request',
    hint: 'Check the request line, the headers and the URL encoding.',
  },
  INVALID_JSON: {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send UTF-8 encoded JSON without `__proto__` keys.',
  },
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    hint: '`issues` names each member that is wrong, as a JSON pointer.',
  },
  INVALID_CURSOR: {
    status: 400,
    title: 'The cursor is not valid',
    hint: 'Follow the `Link` header of the page before, signed in as the same user, or start again without a cursor.',
  },
  INVALID_IDEMPOTENCY_KEY: {
    status: 400,
    title: 'The idempotency key is not valid',
    hint: 'Send 1 to 200 printable ASCII characters, for example a UUID.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not signed in',
    hint: 'Send `Authorization: Bearer <token>` with the token of `POST /auth/login`.',
  },
  INVALID_TOKEN: {
    status: 401,
    title: 'The access token is not valid',
    hint: 'Sign in again.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    title: 'The access token has expired',
    hint: 'Use the refresh token at `POST /auth/refresh`, or sign in again.',
  },
  TOKEN_REVOKED: {
    status: 401,
    title: 'The access token was revoked',
    hint: 'The session was ended, or the API token was deleted. Sign in again, or make a new token.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    title: 'Wrong e-mail address or password',
    hint: 'Check both. For your safety the answer does not say which one is wrong.',
  },
  INVALID_REFRESH_TOKEN: {
    status: 401,
    title: 'The refresh token is not valid',
    hint: 'It works once, for 30 days. Using one a second time ends its session. Sign in again.',
  },
  WRONG_PASSWORD: {
    status: 401,
    title: 'The current password is wrong',
    hint: 'Changing the password needs the one that is valid now.',
  },
  OPERATOR_REQUIRED: {
    status: 403,
    title: 'Only for operators',
    hint: 'An operator is named in `CLOUDTASK_OPERATORS`, or made one on the server with `npm run job-service -- grant-operator <email>` (everything in one process: stop it, then `npm start -- grant-operator <email>`).',
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    title: 'The API token may not do this',
    hint: 'Make a token with the scope that the answer names, or sign in with the password.',
  },
  SESSION_REQUIRED: {
    status: 403,
    title: 'Not with an API token',
    hint: 'Accounts and tokens are managed by whoever knows the password: sign in with `POST /auth/login`.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is nothing at this address',
    hint: 'The reference at `/docs` lists every route.',
  },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'No such job',
    hint: 'You have no job with this id. It may have been removed after its retention time.',
  },
  SCHEDULE_NOT_FOUND: {
    status: 404,
    title: 'No such schedule',
    hint: '`GET /schedules` lists yours.',
  },
  ACTION_NOT_FOUND: {
    status: 404,
    title: 'No such action',
    hint: '`GET /jobs/actions` lists yours.',
  },
  WORKER_NOT_FOUND: {
    status: 404,
    title: 'No such worker',
    hint: 'It was never there, or has ended. `GET /workers` lists those that run, with `?all=true` the last ones that are gone too.',
  },
  TOKEN_NOT_FOUND: {
    status: 404,
    title: 'No such API token',
    hint: '`GET /auth/tokens` lists yours.',
  },
  TYPE_NOT_FOUND: {
    status: 404,
    title: 'No such type',
    hint: 'No worker has registered it. `GET /types` lists those that there are; look at the spelling, or start its worker.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    hint: 'The `Allow` header lists the methods of this address.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request did not arrive in time',
    hint: 'Send the whole request within 30 seconds.',
  },
  EMAIL_TAKEN: {
    status: 409,
    title: 'This e-mail address has an account already',
    hint: 'Sign in with `POST /auth/login`.',
  },
  JOB_FINISHED: {
    status: 409,
    title: 'The job has finished',
    hint: 'There is nothing left to cancel.',
  },
  JOB_NOT_FINISHED: {
    status: 409,
    title: 'The job has not finished',
    hint: 'Only FAILED, CANCELLED and EXPIRED jobs can be retried. Cancel it first, or wait.',
  },
  JOB_COMPLETED: {
    status: 409,
    title: 'The job has completed',
    hint: 'A completed job is not run again. Submit a new one.',
  },
  UNIQUE_CONFLICT: {
    status: 409,
    title: 'Another job has this unique key',
    hint: 'Wait for that job, cancel it, or submit with `onConflict: "return"` or `"replace"`.',
  },
  SCHEDULE_EXISTS: {
    status: 409,
    title: 'You have a schedule of this name',
    hint: 'Change it with `PATCH /schedules/{id}`, or choose another name.',
  },
  SCHEDULE_OVERLAP: {
    status: 409,
    title: 'The last job of the schedule has not ended',
    hint: 'Wait for that job, cancel it, or set `onOverlap` to `allow` or `cancel`.',
  },
  TOO_MANY_SCHEDULES: {
    status: 409,
    title: 'You have as many schedules as there may be',
    hint: 'Delete those that are no longer used: `GET /schedules` shows when each comes next.',
  },
  TOKEN_EXISTS: {
    status: 409,
    title: 'You have an API token of this name',
    hint: 'Delete it first, or choose another name.',
  },
  TOO_MANY_TOKENS: {
    status: 409,
    title: 'You have as many API tokens as there may be',
    hint: 'Delete those that are no longer used: `GET /auth/tokens` shows when each was used last.',
  },
  TOO_MANY_ACTIONS: {
    status: 409,
    title: 'Too many actions at the same time',
    hint: 'Wait until one has ended, or stop one with `POST /jobs/actions/{id}/stop`. One action may be about any number of jobs.',
  },
  ACTION_ENDED: {
    status: 409,
    title: 'The action has ended',
    hint: 'Start a new one for the jobs that are left.',
  },
  AMBIGUOUS_REFERENCE: {
    status: 409,
    title: 'The short reference fits several jobs',
    hint: 'Use more characters of the id.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    hint: 'Bodies may have 1 MiB, those of `POST /jobs/batch` 32 MiB.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The payload is too large',
    hint: 'A payload may have 256 KiB as JSON. Store large data elsewhere and send its address.',
  },
  BATCH_TOO_LARGE: {
    status: 413,
    title: 'The batch has too many jobs',
    hint: 'Send at most 10,000 jobs in one call.',
  },
  URI_TOO_LONG: {
    status: 414,
    title: 'The address is too long',
    hint: 'Use fewer or shorter filters.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The media type is not supported',
    hint: 'Send `Content-Type: application/json`.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: 'The expectation cannot be met',
    hint: 'Only `Expect: 100-continue` is understood.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used for another job',
    hint: 'Use a new key for a new job; repeat a key only with the same body.',
  },
  UNSTORABLE_VALUE: {
    status: 422,
    title: 'A value cannot be stored without being changed',
    hint: 'No NUL characters, no lone surrogates, no numbers that lose digits, at most 32 levels. Send such values as strings, for example in base64.',
  },
  JOB_TYPE_UNKNOWN: {
    status: 422,
    title: 'No live worker handles this type',
    hint: 'This server accepts only types that a worker has registered (CLOUDTASK_STRICT_TYPES).',
  },
  INVALID_PAYLOAD: {
    status: 422,
    title: 'The payload is not what this type takes',
    hint: '`issues` names each member that is wrong, as a JSON pointer. `GET /types` shows the schema.',
  },
  INVALID_SCHEDULE: {
    status: 422,
    title: 'The schedule cannot run',
    hint: '`issues` says why. `POST /schedules/preview` shows the next runs of an expression.',
  },
  WEAK_PASSWORD: {
    status: 422,
    title: 'The password is not acceptable',
    hint: 'Use at least 8 characters that are not a common password and not your address.',
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    title: 'Too many attempts',
    hint: 'Wait for the time in the `Retry-After` header.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    title: 'Too many event streams',
    hint: 'Close some, or follow all your jobs with one: `GET /events`.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    hint: 'All headers together may have 16 KiB.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Something went wrong on the server',
    hint: 'Report it with the `requestId`; the server has logged the cause under it.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'The database cannot be reached',
    hint: 'Nothing was accepted for certain. Repeat the request after the time in `Retry-After`, with an idempotency key.',
  },
  VERIFICATION_TOO_LARGE: {
    status: 503,
    title: 'There are too many jobs to verify in one request',
    hint: 'Ask at a quieter time, or keep finished jobs for a shorter time (CLOUDTASK_RETENTION). Nothing is wrong with the jobs.',
  },
  OVERLOADED: {
    status: 503,
    title: 'The server is busy',
    hint: 'Repeat the request after the time in `Retry-After`.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;
