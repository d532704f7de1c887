import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { Registry } from '@cloudtask/core/metrics';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Handler } from '@cloudtask/sdk/define-handler';
import type { ServiceFactories } from '@cloudtask/sdk/handler-services';
import type { Middleware } from '@cloudtask/sdk/middleware';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { AttemptJournal } from './attempt-journal.ts';
import type { ConfigSource } from './config-source.ts';
import type { Chaos } from './dev/chaos.ts';
import type { PluginSource } from './handlers-in-plugin.ts';
import type { IdleFile } from './idle-files.ts';
import type { EndKind } from './metrics.ts';
import type { Quota } from './quota.ts';
import type { WorkerSettings } from './settings.ts';

/** What `startWorker` stands on: `database`, `broker`, `signals`, `clock`, `logger`, `registry`, `settings`; `overrides` by type, an `observer`. */
export interface WorkerParts {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  settings: WorkerSettings & { databaseUrl?: string | undefined };
  /** Beside those of the settings and the built-in ones. */
  handlers?: readonly Handler[];
  /** Also run `email`, `sleep` and, if the settings say so, `http`. Default true. */
  offersBuiltIn?: boolean;
  /** Of all these types only these. */
  only?: readonly string[];
  /** Also takes jobs from the queues that its handlers name, whatever the settings say. Default false. */
  servesOwnQueues?: boolean;
  /** Options for those that the settings name, and plugins that were made in code. */
  plugins?: readonly PluginSource[];
  overrides?: Readonly<Record<string, Handler>>;
  /** Told of files of the handlers' folder that hold no handler. Default: a warning in the log. */
  onIdleFile?: (file: IdleFile) => void;
  /** For all handlers. */
  services?: ServiceFactories;
  /** Around all handlers. */
  use?: readonly Middleware[];
  /** The file that `services` and `use` come from, where child processes find them too. */
  configFile?: ConfigSource;
  /** The most jobs that may be claimed. */
  quota?: Quota;
  observer?: WorkerObserver;
  /** Whether what handlers print with `console` is printed, too, where the log of their job has it. Default true. */
  printsConsole?: boolean;
  /** For development only. */
  chaos?: Chaos;
  /** This process is a worker and nothing else: it may end itself when a handler blocks it for good. */
  ownsProcess?: boolean;
  /** How long a queue may deliver nothing before this worker looks whether messages are waiting in it. Default 15 s. */
  deafAfterMs?: number;
  /** How long a handler may go on after its timeout or a cancel. Default 10 s. */
  handlerGraceMs?: number;
  /** How long the end of an attempt waits until what it said is written. Default 8 s. */
  journalPatienceMs?: number;
}

/** Told what happens, in the middle of it: must neither throw nor wait. */
export interface WorkerObserver {
  claimed(attempt: Attempt): void;
  ended(attempt: Attempt, kind: EndKind, end: AttemptEnd | undefined): void;
  /** An operator wants the worker to drain: it closes now, and whatever it is a part of may say so or end too. */
  draining?(reason: string | null): void;
  /** Lines of the job's log, and what its handler prints. */
  said?(attempt: Attempt, ...line: Parameters<AttemptJournal['log']>): void;
  /** Something is wrong with the worker itself. */
  failed(error: Error): void;
}
