import type {
  ApiToken,
  Explanation,
  FailureCause,
  Job,
  JobAttempt,
  JobLog,
  QueueInfo,
  ScheduleDetails,
  SchedulePreview,
  Stats,
  TypeInfo,
  Verification,
  WorkerDetails,
  WorkerInfo,
} from '@cloudtask/sdk';
import { aJob, answer, aSession, playServer } from '../../../sdk/test/support/play-server.ts';

// Always the same: names that are too long, text that is no ASCII, one of each status.
const id = (n: number) => `0199d0f4-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
const at = (time: string) => `2026-11-23T${time}.000Z`;
const error = {
  code: 'ENOSPC',
  name: 'SystemError',
  message: 'ENOSPC: no space left on device, write /var/lib/thumbs/2026/11/23/portrait-of-a-lady.png',
  attempt: 3,
  retryable: true,
  fingerprint: 'c9f1a2b3c4d5e6f7',
};

export const JOB_ID = id(4);

const JOBS: Job[] = [
  aJob({ id: id(1), type: 'report.build', createdAt: at('12:29:56') }),
  aJob({ id: id(2), status: 'SCHEDULED', runAt: at('13:00:00'), createdAt: at('12:00:00') }),
  aJob({
    id: id(3),
    type: 'image.thumbnail.of-a-very-large-picture',
    queue: 'images',
    status: 'RUNNING',
    attempt: 2,
    startedAt: at('12:29:00'),
    progress: { percent: 64, message: 'Größe ändern', data: null } as unknown as NonNullable<Job['progress']>,
    worker: { id: 'web-2', host: 'web-2.example.com' },
    createdAt: at('12:20:00'),
  }),
  aJob({
    id: JOB_ID,
    type: 'image.thumb',
    queue: 'images',
    status: 'FAILED',
    reason: 'ERROR',
    attempt: 3,
    maxAttempts: 3,
    error,
    tags: ['import-7'],
    metadata: { customer: 'acme' },
    startedAt: at('11:10:00'),
    finishedAt: at('11:10:08'),
    createdAt: at('11:00:00'),
    worker: { id: 'web-1', host: 'web-1.example.com' },
  }),
  aJob({ id: id(5), status: 'RETRYING', attempt: 3, nextAttemptAt: at('12:30:42'), createdAt: at('12:28:00') }),
  aJob({
    id: id(6),
    status: 'COMPLETED',
    attempt: 1,
    result: { sent: true },
    startedAt: at('12:00:01'),
    finishedAt: at('12:00:02'),
  }),
  aJob({ id: id(7), status: 'CANCELLED', finishedAt: at('12:10:00') }),
  aJob({ id: id(8), status: 'EXPIRED', finishedAt: at('12:10:00'), createdAt: '2026-11-20T12:00:00.000Z' }),
];

const ATTEMPTS: JobAttempt[] = [1, 2, 3].map((attempt) => ({
  attempt,
  outcome: 'failed',
  reason: 'ERROR',
  error: { ...error, attempt },
  worker: { id: 'web-1', host: 'web-1.example.com' },
  startedAt: at(`11:0${attempt}:00`),
  endedAt: at(`11:0${attempt}:08`),
  lateResultAt: null,
}));

const LOGS: JobLog[] = [
  { seq: '1', at: at('11:01:00'), attempt: 1, level: 'info', message: 'fetched 1,204 rows', fields: { rows: 1204 } },
  { seq: '2', at: at('11:01:06'), attempt: 1, level: 'warn', message: '429 from api.acme.dev', fields: null },
  {
    seq: '3',
    at: at('11:03:08'),
    attempt: 3,
    level: 'error',
    message: `SystemError: ${error.message}`,
    fields: {
      stack: [
        'at writeThumbnail (src/images/thumbnails/write-thumbnail-to-the-disk.ts:21:14)',
        'at async run (src/handlers/thumb.ts:9:3)',
        'caused by Error: disk quota exceeded',
        'at flush (src/images/disk.ts:40:11)',
      ].join('\n'),
    },
  },
];

const EXPLANATION: Explanation = {
  jobId: id(1),
  status: 'PENDING',
  verdict: 'blocked',
  summary: 'No worker runs report.build.',
  checks: [
    { code: 'QUEUE_PAUSED', ok: true, message: 'queue default is not paused' },
    {
      code: 'NO_WORKER_FOR_TYPE',
      ok: false,
      message: 'no live worker handles report.build; 2 workers handle email and image.thumb',
      hint: 'Start a worker with a handler for it.',
      command: 'cloudtask worker start',
    },
  ],
  next: null,
  retries: [
    { attempt: 1, at: at('12:30:00'), delayMs: 0 },
    { attempt: 2, at: at('12:30:05'), delayMs: 5_000 },
  ],
};

const CAUSES: FailureCause[] = [
  {
    fingerprint: error.fingerprint,
    type: 'image.thumb',
    reason: 'ERROR',
    error: { name: error.name, code: error.code, message: error.message },
    count: 40,
    firstAt: at('10:30:00'),
    lastAt: at('12:27:00'),
    newestJobId: JOB_ID,
    discardedAt: null,
    discardReason: null,
  },
];

const QUEUES: QueueInfo[] = [
  { name: 'default', waiting: 0, ready: 0, oldestWaitingSeconds: null, workers: 2, slots: 14, busy: 9, pause: null },
  {
    name: 'mail',
    waiting: 10_000,
    ready: 128,
    oldestWaitingSeconds: 252,
    workers: 1,
    slots: 8,
    busy: 0,
    pause: {
      pausedAt: at('12:00:00'),
      resumesAt: at('13:00:00'),
      reason: 'the provider has an outage and asked us to wait for it',
      pausedBy: 'ada@example.com',
    },
  },
];

const WORKERS: WorkerInfo[] = [
  {
    id: 7,
    name: 'web-1',
    host: 'web-1.example.com',
    version: '1.4.2',
    state: 'live',
    queues: ['default', 'mail'],
    types: ['email', 'image.thumb', 'report.build'],
    slots: 14,
    busy: 9,
    startedAt: '2026-11-20T12:00:00.000Z',
    heartbeatAt: at('12:29:58'),
    lastDeliveryAt: at('12:29:50'),
    deafSince: null,
    drain: null,
  },
  {
    id: 6,
    name: 'web-2',
    host: 'web-2.example.com',
    version: '1.4.2',
    state: 'draining',
    queues: ['default', 'mail'],
    types: ['email', 'image.thumb', 'report.build'],
    slots: 14,
    busy: 2,
    startedAt: '2026-11-20T12:00:00.000Z',
    heartbeatAt: at('12:29:57'),
    lastDeliveryAt: at('12:20:00'),
    deafSince: null,
    drain: { requestedAt: at('12:28:00'), reason: 'kernel update', requestedBy: 'ada@example.com' },
  },
];

const DRAINING: WorkerDetails = {
  ...(WORKERS[1] as WorkerInfo),
  pid: 4711,
  endedAt: null,
  lanes: [
    { queues: ['default'], slots: 10 },
    { queues: ['mail'], slots: 4 },
  ],
  running: [
    { id: id(1), type: 'email', queue: 'mail', attempt: 1, startedAt: at('12:27:00') },
    { id: id(2), type: 'report.build', queue: 'default', attempt: 3, startedAt: at('12:27:30') },
  ],
};

const TYPES: TypeInfo[] = [
  {
    type: 'email',
    description: 'Sends a mail to one address, with a text that a person wrote and nobody else should read.',
    title: 'Mail',
    payloadSchema: {
      type: 'object',
      properties: { to: { type: 'string', format: 'email' }, times: { type: 'integer', minimum: 1, default: 1 } },
      required: ['to'],
    },
    resultSchema: { type: 'object', properties: { messageId: { type: 'string' } } },
    progressSchema: null,
    sensitive: ['/to'],
    examples: [{ to: 'ada@example.com' }],
    defaults: { queue: 'mail', maxAttempts: 3 },
    workers: 2,
    version: '3',
    registeredAt: at('12:00:00'),
  },
];

const SCHEDULE: ScheduleDetails = {
  id: '0199d0f4-0000-7000-8000-00000000005c',
  name: 'nightly-report',
  type: 'report.build',
  payload: { scope: 'all' },
  cron: '0 2 * * *',
  every: null,
  timezone: 'Europe/Berlin',
  dstGap: 'after',
  dstOverlap: 'first',
  catchUp: 'latest',
  onOverlap: 'skip',
  nextAt: '2026-11-24T01:00:00.000Z',
  firedSlot: at('01:00:00'),
  lastJobId: id(6),
  waitingSlot: null,
  pausedAt: null,
  pauseReason: null,
  createdAt: '2026-10-01T12:00:00.000Z',
  updatedAt: '2026-10-01T12:00:00.000Z',
  recentSlots: [{ at: at('01:00:00'), outcome: 'fired', jobId: id(6), detail: null, decidedAt: at('01:00:00') }],
};

const PREVIEW: SchedulePreview = {
  slots: [
    { at: '2027-03-27T01:30:00.000Z', local: '2027-03-27T02:30:00+01:00', note: null },
    {
      at: '2027-03-28T01:00:00.000Z',
      local: '2027-03-28T03:00:00+02:00',
      note: '02:30 does not exist on this day; it runs at 03:00',
    },
  ],
  clockChanges: [{ at: '2027-03-28T01:00:00.000Z', before: '+01:00', after: '+02:00', note: null }],
};

const STATS: Stats = {
  jobs: { waiting: 10_000, running: 9, scheduled: 1, retrying: 3 },
  lastHour: { failed: 41 },
  workers: { live: 1, slots: 14, busy: 9 },
  throughput: { submittedPerSecond: 4.2 },
};

const VERIFICATION: Verification = {
  checkedAt: at('12:30:00'),
  ms: 31,
  jobs: { SCHEDULED: 1, PENDING: 12, RUNNING: 9, RETRYING: 3, COMPLETED: 1_204, FAILED: 41, CANCELLED: 0, EXPIRED: 0 },
  checks: [
    { id: 'I4', promise: 'a job that waits for a time will be woken at that time', violations: 0 },
    { id: 'I5', promise: 'a job that is due will be offered to the workers', violations: 1 },
  ],
  violations: [{ check: 'I5', jobId: id(1), what: 'PENDING, and nobody will offer it again' }],
  isComplete: true,
};

const TOKENS: ApiToken[] = [
  {
    id: '0199d0f4-0000-7000-8000-0000000000a1',
    name: 'ci',
    hint: 'ctt_ab12',
    scopes: ['jobs:write', 'schedules:read'],
    createdAt: '2026-11-01T12:00:00.000Z',
    expiresAt: '2027-01-30T12:00:00.000Z',
    lastUsedAt: at('12:00:00'),
  },
];

/** A server that always says the same. */
export function startGoldenServer() {
  const routes: Record<string, unknown> = {
    '/jobs': JOBS,
    '/failures': CAUSES,
    '/queues': QUEUES,
    '/workers': WORKERS,
    [`/workers/${DRAINING.id}`]: DRAINING,
    '/types': TYPES,
    '/schedules': [SCHEDULE],
    [`/schedules/${SCHEDULE.name}`]: SCHEDULE,
    '/stats': STATS,
    '/verify': VERIFICATION,
    '/auth/tokens': TOKENS,
    '/auth/me': { ...aSession('t').user, isOperator: true },
    '/actuator/health': { status: 'DOWN', components: { db: { status: 'UP' }, rabbit: { status: 'DOWN' } } },
    '/actuator/info': { app: { version: '0.1.0' } },
    [`/jobs/${id(1)}/explain`]: EXPLANATION,
    [`/jobs/${JOB_ID}/attempts`]: ATTEMPTS,
    [`/jobs/${JOB_ID}/logs`]: LOGS,
    ...Object.fromEntries(JOBS.map((job) => [`/jobs/${job.id}`, job])),
  };
  const date = new Date(at('12:30:00')).toUTCString();
  const plays = Object.entries(routes).map(
    ([path, body]) =>
      [
        `GET ${path}`,
        (_: unknown, response: Parameters<typeof answer>[0]) => answer(response, 200, body, { date }),
      ] as const,
  );
  return playServer({
    ...Object.fromEntries(plays),
    'POST /schedules/preview': (_, response) => answer(response, 200, PREVIEW),
  });
}
