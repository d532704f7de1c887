import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Account } from './account.ts';
import { type JobType, jobs, LIST_PATH, MIX, type RequestName } from './scenarios.ts';
import type { Step } from './steps.ts';

export interface SendLoad {
  account: Account;
  jobType: JobType;
  steps: readonly Step[];
  signal: AbortSignal;
  onAnswer(answer: LoadAnswer): void;
  /** No answer at all: a broken connection, or 10 s of silence. */
  onError(error: Error): void;
}

export interface LoadAnswer {
  name: RequestName;
  status: number;
  durationMs: number;
  body: string;
}

/**
 * Sends by the clock, with autocannon. Its own rate limit lets a connection send its share of a second at once, one after
 * the other, and then rest until the next second: what is slow delays what follows, and nobody counts that. Here each
 * connection has a rate of one per second, and they begin spread over the second. So each request is sent at its time
 * however long the others take; only an answer that takes more than a second delays the next one of its own connection.
 */
export async function sendLoad(load: SendLoad): Promise<void> {
  const startedAt = performance.now();
  const groups = load.steps.flatMap(groupsOf);
  await Promise.all(
    groups.map(async (group) => {
      const inMs = Math.max(0, startedAt + group.atMs - performance.now());
      const isOn = await pause(inMs, true, { signal: load.signal }).catch(() => false);
      if (isOn) await sendGroup(load, group);
    }),
  );
}

/** Connections that send at the same moment of each second. */
interface Group {
  atMs: number;
  connections: number;
  seconds: number;
  firstRequest: number;
}

/** An instance of autocannon each: 20 cost little, and 300 requests a second come in fifteens, 50 ms apart. */
const GROUPS = 20;

function groupsOf({ startSecond, seconds, rate }: Step): Group[] {
  const count = Math.min(GROUPS, rate);
  return Array.from({ length: count }, (_, index) => ({
    atMs: (startSecond + index / count) * 1000,
    connections: Math.floor(rate / count) + (index < rate % count ? 1 : 0),
    seconds,
    firstRequest: index % MIX.length,
  }));
}

/** After this many broken connections the rest of a group is not sent: autocannon would try again without a pause. */
const BAILOUT = 50;
const TIMEOUT_S = 10;

function sendGroup(load: SendLoad, { connections, seconds, firstRequest }: Group): Promise<void> {
  const { account, signal, onAnswer, onError } = load;
  return new Promise((resolve, reject) => {
    let last: Omit<LoadAnswer, 'durationMs'> | undefined;
    const requests = requestsOf(load, firstRequest, (answer) => {
      last = answer;
    });
    const group = autocannon(
      {
        url: account.url,
        headers: account.headers,
        requests,
        connections,
        overallRate: connections,
        // Instead of a duration, at whose end autocannon drops what is under way.
        amount: connections * seconds,
        timeout: TIMEOUT_S,
        bailout: BAILOUT,
        // Only for its own histogram, which is not used here: it takes a rate in seconds for one in milliseconds.
        ignoreCoordinatedOmission: true,
      },
      (error) => {
        signal.removeEventListener('abort', stop);
        if (error) reject(error);
        else resolve();
      },
    );
    const stop = (): void => group.stop();
    signal.addEventListener('abort', stop);
    // Of one connection `onResponse` comes right before it, in the same turn.
    group.on('response', (_client, _status, _bytes, durationMs) => {
      if (last) onAnswer({ ...last, durationMs });
      last = undefined;
    });
    group.on('reqError', onError);
  });
}

/** In turn from one of them on: if all groups began with the same, all would submit at the same moment. */
function requestsOf(
  { account, jobType }: SendLoad,
  first: number,
  onResponse: (answer: Omit<LoadAnswer, 'durationMs'>) => void,
): autocannon.Request[] {
  const body = JSON.stringify(jobs[jobType]);
  const { headers } = account;
  let lastJob = account.firstJob;
  const requests: Record<RequestName, autocannon.Request> = {
    submit: {
      method: 'POST',
      path: '/jobs',
      headers,
      body,
      onResponse(status, body) {
        if (status === 201) lastJob = idIn(body) ?? lastJob;
        onResponse({ name: 'submit', status, body });
      },
    },
    read: {
      setupRequest: (request) => ({ ...request, headers, path: `/jobs/${lastJob}` }),
      onResponse: (status, body) => onResponse({ name: 'read', status, body }),
    },
    list: {
      path: LIST_PATH,
      headers,
      onResponse: (status, body) => onResponse({ name: 'list', status, body }),
    },
  };
  return MIX.map((_, index) => requests[MIX[(first + index) % MIX.length] as RequestName]);
}

export function idIn(body: string): string | undefined {
  return /"id":"([\da-f-]{36})"/.exec(body)?.[1];
}
