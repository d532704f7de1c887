import type { Job, JobStatus, QueueInfo, WorkerInfo } from '@cloudtask/sdk';
import type { TopSnapshot } from './read-top.ts';

export const PANELS = ['queues', 'workers', 'jobs'] as const;
export type Panel = (typeof PANELS)[number];

/** Which jobs are shown, by the key that chooses them. */
export const JOB_CHOICES = {
  all: null,
  running: ['RUNNING'],
  retrying: ['RETRYING'],
  failed: ['FAILED'],
} as const satisfies Record<string, readonly JobStatus[] | null>;
export type JobChoice = keyof typeof JOB_CHOICES;

/** What a yes would do. */
export type Change =
  | { kind: 'cancel'; jobId: string }
  | { kind: 'retry'; jobId: string }
  | { kind: 'pause'; queue: string }
  | { kind: 'resume'; queue: string };

/** A text that lies over the panels. */
export interface Sheet {
  title: string;
  lines: readonly string[];
  /** How many lines of it are above the window. */
  scrolled: number;
}

/** All that `top` shows, and where its user is in it. */
export interface TopState {
  snapshot: TopSnapshot | null;
  /** Jobs submitted a second, one number for each look, the newest last. */
  rates: readonly number[];
  /** Why there is nothing newer. */
  trouble: string | null;
  panel: Panel;
  /** The thing that is meant in each panel; it is found again when others come and go. */
  selected: Readonly<Record<Panel, string | null>>;
  filter: string;
  isTyping: boolean;
  choice: JobChoice;
  /** Only jobs of this queue. */
  queue: string | null;
  asks: Change | null;
  sheet: Sheet | null;
  note: string | null;
  isReadonly: boolean;
  isProduction: boolean;
}

export function beginTop({
  queue,
  isReadonly,
  isProduction,
}: Pick<TopState, 'queue' | 'isReadonly' | 'isProduction'>): TopState {
  return {
    snapshot: null,
    rates: [],
    trouble: null,
    panel: 'jobs',
    selected: { queues: null, workers: null, jobs: null },
    filter: '',
    isTyping: false,
    choice: 'all',
    queue,
    asks: null,
    sheet: null,
    note: null,
    isReadonly,
    isProduction,
  };
}

/** As many as the sparkline has columns. */
const MOST_RATES = 24;

export function seeSnapshot(state: TopState, snapshot: TopSnapshot): TopState {
  const rate = snapshot.stats?.throughput.submittedPerSecond;
  const rates = rate === undefined ? state.rates : [...state.rates, rate].slice(-MOST_RATES);
  // Without the panels for operators there is nowhere else to be.
  const panel = snapshot.queues === null ? 'jobs' : state.panel;
  return { ...state, snapshot, rates, panel, trouble: null };
}

export function shownQueues({ snapshot, filter }: TopState): QueueInfo[] {
  return (snapshot?.queues ?? []).filter(({ name }) => contains([name], filter));
}

export function shownWorkers({ snapshot, filter }: TopState): WorkerInfo[] {
  return (snapshot?.workers ?? []).filter(({ name, host, types }) => contains([name, host, ...types], filter));
}

export function shownJobs({ snapshot, filter }: TopState): Job[] {
  return (snapshot?.jobs ?? []).filter(({ id, type, queue, tags, error }) =>
    contains([id, type, queue, ...tags, error?.message ?? ''], filter),
  );
}

/** The names of what a panel shows, in order. */
export function namesIn(state: TopState, panel: Panel): string[] {
  switch (panel) {
    case 'queues':
      return shownQueues(state).map(({ name }) => name);
    case 'workers':
      return shownWorkers(state).map(({ name }) => name);
    case 'jobs':
      return shownJobs(state).map(({ id }) => id);
  }
}

/** The thing that is meant in a panel: the first one when the one that was meant is gone. */
export function selectedIn(state: TopState, panel: Panel): string | null {
  const names = namesIn(state, panel);
  const { [panel]: wanted } = state.selected;
  return wanted !== null && names.includes(wanted) ? wanted : (names[0] ?? null);
}

export function selectedJob(state: TopState): Job | null {
  const id = state.panel === 'jobs' ? selectedIn(state, 'jobs') : null;
  return shownJobs(state).find((job) => job.id === id) ?? null;
}

function contains(texts: readonly string[], filter: string): boolean {
  const wanted = filter.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
