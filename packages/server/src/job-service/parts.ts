import { repeat } from '@cloudtask/core/loop';
import { type KnownTypes, openKnownTypes } from '@cloudtask/core/submission/known-types';
import { emailKey } from '../store/accounts.ts';
import { createAccessTokens } from './auth/access-tokens.ts';
import { type Authenticator, createAuthenticator } from './auth/authenticator.ts';
import { createPasswords } from './auth/passwords.ts';
import type { SessionsDeps } from './auth/sessions.ts';
import { createStandings } from './auth/standings.ts';
import { createThrottles } from './auth/throttles.ts';
import { createTokenUses } from './auth/token-uses.ts';
import { type Cursors, createCursors } from './cursor.ts';
import type { JobServiceDeps } from './deps.ts';
import { type JobWatch, openJobWatch } from './job-watch.ts';
import { lookAgain } from './look-again.ts';
import { type JobServiceMetrics, jobServiceMetrics } from './metrics.ts';
import { createEntryReader, type EntryReader } from './read-entries.ts';
import { createJobReader, type JobReader } from './read-jobs.ts';
import { createSubmitter, type Submitter } from './submit-job.ts';
import { openUserWatch, type UserWatch } from './user-watch.ts';

/** What the routes work with, on top of what the service stands on. */
export interface JobServiceParts extends JobServiceDeps {
  metrics: JobServiceMetrics;
  sessions: SessionsDeps;
  authenticator: Authenticator;
  reader: JobReader;
  entries: EntryReader;
  submitter: Submitter;
  jobWatch: JobWatch;
  userWatch: UserWatch;
  types: KnownTypes;
  /** Before jobs that nobody could run are warned of or refused. */
  lookAgain: ReturnType<typeof lookAgain>;
  cursors: Cursors;
  /** Aborted when the service begins to stop: waits and streams end. */
  stopping: AbortSignal;
}

export interface OpenParts {
  parts: JobServiceParts;
  /** Ends what would keep the server open for long. */
  stop(): void;
  close(): Promise<void>;
}

export async function openParts(deps: JobServiceDeps): Promise<OpenParts> {
  const { database, clock, logger, settings } = deps;
  const stopping = new AbortController();
  const accessTokens = createAccessTokens({
    clock,
    secret: settings.jwtSecret,
    previousSecret: settings.jwtPreviousSecret,
    lifetimeMs: settings.accessTokenLifetime,
  });
  const operators = new Set(settings.operators.map(emailKey));
  const uses = createTokenUses(deps);
  const reader = createJobReader(database);
  const jobWatch = await openJobWatch({ ...deps, reader });
  const userWatch = await openUserWatch({ ...deps, reader });
  const types = await openKnownTypes(deps);
  const submitter = createSubmitter({
    ...deps,
    ageingMs: settings.priorityAgeing,
    onStored: (jobs) => userWatch.noteStored(jobs),
  });
  const throttles = createThrottles(database, clock);
  const pruning = repeat({ name: 'prune-throttles', everyMs: PRUNE_MS, logger, runOnce: () => throttles.prune() });
  const parts: JobServiceParts = {
    ...deps,
    metrics: jobServiceMetrics(deps.registry),
    sessions: {
      database,
      clock,
      accessTokens,
      passwords: createPasswords({ cost: settings.bcryptCost, pepper: settings.passwordPepper }),
      throttles,
      accessLifetimeMs: settings.accessTokenLifetime,
      refreshLifetimeMs: settings.refreshTokenLifetime,
      operators,
    },
    authenticator: createAuthenticator({
      clock,
      accessTokens,
      standings: createStandings({ database, clock, operators }),
      uses,
    }),
    reader,
    entries: createEntryReader(database),
    submitter,
    jobWatch,
    userWatch,
    types,
    lookAgain: lookAgain({ gauge: submitter.gauge, types, clock }),
    cursors: createCursors([settings.jwtSecret, ...(settings.jwtPreviousSecret ? [settings.jwtPreviousSecret] : [])]),
    stopping: stopping.signal,
  };
  return {
    parts,
    stop: () => stopping.abort(),
    async close() {
      stopping.abort();
      await submitter.close();
      await Promise.all([jobWatch.close(), userWatch.close(), types.close(), pruning.close(), uses.close()]);
    },
  };
}

const PRUNE_MS = 600_000;
