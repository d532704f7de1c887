import type { Settings, Values } from '@cloudtask/core/config';
import {
  durationFrom,
  flag,
  integer,
  list,
  listOf,
  matching,
  oneOf,
  text,
  url,
} from '@cloudtask/core/settings-parsers';
import { priorityAgeing } from '@cloudtask/core/submission/priority-ageing';
import { LOG_LEVELS } from '@cloudtask/sdk/live-contract';
import { queueList } from './queue-slots.ts';

/** What a worker has beside the shared settings. */
export const workerSettings = {
  configFile: {
    env: 'CLOUDTASK_CONFIG',
    flag: 'config',
    describe:
      'A file that configures the worker; without it the nearest cloudtask.config.ts above the working directory.',
    parse: text,
    optional: true,
  },
  concurrency: {
    env: 'CLOUDTASK_CONCURRENCY',
    flag: 'concurrency',
    describe: 'Jobs that this worker runs at a time, beside those of queues that have slots of their own.',
    parse: integer({ min: 1, max: 10_000 }),
    default: '50',
  },
  queues: {
    env: 'CLOUDTASK_QUEUES',
    flag: 'queues',
    describe:
      'The queues that this worker takes jobs from. `mail:5` gives the queue mail 5 slots of its own, beside those of CLOUDTASK_CONCURRENCY.',
    parse: queueList,
    default: 'default',
  },
  priorityAgeing,
  handlersFolder: {
    env: 'CLOUDTASK_HANDLERS',
    flag: 'handlers',
    describe: 'A folder whose files export handlers.',
    parse: text,
    optional: true,
  },
  plugins: {
    env: 'CLOUDTASK_PLUGINS',
    flag: 'plugins',
    describe: 'Plugins: installed packages that export handlers, or files of this folder like ./audit.ts.',
    parse: list,
    default: '',
  },
  childEnv: {
    env: 'CLOUDTASK_CHILD_ENV',
    flag: 'child-env',
    describe:
      "Variables of the worker's environment that handlers in child processes get too; they get few others, and no secrets.",
    parse: listOf(matching(/^(?!CLOUDTASK_)[A-Za-z_]\w*$/i, 'names of variables, but none of CLOUDTASK_…')),
    default: '',
  },
  workerName: {
    env: 'CLOUDTASK_WORKER_NAME',
    flag: 'worker-name',
    describe: 'How this worker is shown; host and process id without it.',
    parse: matching(/^[\w.:@-]{1,100}$/, 'letters, digits and . _ : @ -'),
    optional: true,
  },
  shutdownGrace: {
    env: 'CLOUDTASK_SHUTDOWN_GRACE',
    flag: 'shutdown-grace',
    describe: 'How long running jobs may go on when the worker stops; what is not done then is given back.',
    parse: durationFrom({ max: '1h' }),
    default: '25s',
  },
  jobLogLevel: {
    env: 'CLOUDTASK_JOB_LOG_LEVEL',
    flag: 'job-log-level',
    describe:
      'The least important lines of handlers that are kept, in the logs of their jobs and in the log of the worker.',
    parse: oneOf(...LOG_LEVELS),
    default: 'info',
  },
  captureConsole: {
    env: 'CLOUDTASK_CAPTURE_CONSOLE',
    flag: 'capture-console',
    describe: 'What handlers print with console goes to the logs of their jobs too.',
    parse: flag,
    default: 'true',
  },
  dataDir: {
    env: 'CLOUDTASK_DATA_DIR',
    flag: 'data-dir',
    describe: 'Where mails are written when no mail server is set, in the folder mail.',
    parse: text,
    default: '.cloudtask',
  },
  smtpUrl: {
    env: 'CLOUDTASK_SMTP_URL',
    flag: 'smtp-url',
    describe: 'The mail server of the email handler; without it mails are written as files.',
    parse: url('smtp://', 'smtps://'),
    optional: true,
    secret: true,
  },
  mailFrom: {
    env: 'CLOUDTASK_MAIL_FROM',
    flag: 'mail-from',
    describe: 'The sender of mails that name none.',
    parse: matching(/^[^\r\n]*@[^\r\n]*$/, 'a mail address'),
    default: 'CloudTask <cloudtask@localhost>',
  },
  httpHandler: {
    env: 'CLOUDTASK_HTTP_HANDLER',
    flag: 'http-handler',
    describe: 'Offer the handler that calls public URLs which users choose.',
    parse: flag,
    default: 'false',
  },
} satisfies Settings;

/** The values of `workerSettings`, read and checked. */
export type WorkerSettings = Values<typeof workerSettings>;
