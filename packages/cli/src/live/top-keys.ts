import { isFinal } from '@cloudtask/sdk/contract';
import { shortRef, word } from '../views/status.ts';
import type { Key } from './key.ts';
import { TOP_HELP } from './top-help.ts';
import {
  type Change,
  type JobChoice,
  namesIn,
  PANELS,
  type Panel,
  selectedIn,
  selectedJob,
  type TopState,
} from './top-state.ts';

/** What is to be done outside of the state. */
export type TopAct =
  /** Leave, as somebody who has seen enough. */
  | { kind: 'quit' }
  /** Leave at once: Ctrl-C. */
  | { kind: 'stop' }
  | { kind: 'look' }
  | { kind: 'open'; what: 'details' | 'explain' | 'logs'; panel: Panel; name: string }
  | { kind: 'change'; change: Change };

export interface Pressed {
  state: TopState;
  act: TopAct | null;
}

/** What a key does, wherever the user is: asked something, typing, reading, or among the panels. */
export function pressInTop(state: TopState, key: Key): Pressed {
  if (key === 'ctrl-c') return { state, act: { kind: 'stop' } };
  if (state.asks !== null) return answered(state, state.asks, key);
  if (state.isTyping) return typed(state, key);
  if (state.sheet !== null) return read(state, key);
  return pressed({ ...state, note: null }, key);
}

function answered(state: TopState, change: Change, key: Key): Pressed {
  const isYes = key === 'y' || key === 'Y';
  const note = isYes ? null : 'Nothing was changed.';
  return { state: { ...state, asks: null, note }, act: isYes ? { kind: 'change', change } : null };
}

function typed(state: TopState, key: Key): Pressed {
  if (key === 'enter') return only({ ...state, isTyping: false });
  if (key === 'escape') return only({ ...state, isTyping: false, filter: '' });
  if (key === 'backspace') return only({ ...state, filter: state.filter.slice(0, -1) });
  return only(key.length === 1 ? { ...state, filter: state.filter + key } : state);
}

const PAGE = 10;
const SCROLL: Record<string, number> = { down: 1, j: 1, up: -1, k: -1, 'page-down': PAGE, ' ': PAGE, 'page-up': -PAGE };

function read(state: TopState, key: Key): Pressed {
  const { sheet } = state;
  if (sheet === null || ['escape', 'q', 'enter', '?'].includes(key)) return only({ ...state, sheet: null });
  const by = SCROLL[key] ?? 0;
  const most = Math.max(0, sheet.lines.length - 1);
  return only({ ...state, sheet: { ...sheet, scrolled: Math.min(most, Math.max(0, sheet.scrolled + by)) } });
}

const CHOICES: Record<string, JobChoice> = { a: 'all', r: 'running', e: 'retrying', f: 'failed' };

function pressed(state: TopState, key: Key): Pressed {
  const choice = CHOICES[key];
  if (choice !== undefined) return { state: { ...state, choice }, act: { kind: 'look' } };
  switch (key) {
    case 'q':
      return { state, act: { kind: 'quit' } };
    case 'escape':
      return escaped(state);
    case 'tab':
      return only({ ...state, panel: panelAfter(state, 1) });
    case 'back-tab':
      return only({ ...state, panel: panelAfter(state, -1) });
    case 'down':
    case 'j':
      return only(moved(state, 1));
    case 'up':
    case 'k':
      return only(moved(state, -1));
    case 'page-down':
      return only(moved(state, PAGE));
    case 'page-up':
      return only(moved(state, -PAGE));
    case '/':
      return only({ ...state, isTyping: true });
    case '?':
      return only({ ...state, sheet: { title: 'Keys', lines: TOP_HELP, scrolled: 0 } });
    case 'enter':
      return opened(state, 'details');
    case 'x':
      return state.panel === 'jobs'
        ? opened(state, 'explain')
        : only(state, 'x explains a job: Tab to the jobs first.');
    case 'l':
      return state.panel === 'jobs'
        ? opened(state, 'logs')
        : only(state, 'l shows the log of a job: Tab to the jobs first.');
    case 'R':
      return asked(state, 'R');
    case 'C':
      return asked(state, 'C');
    case 'p':
      return asked(state, 'p');
    default:
      return only(state);
  }
}

/** Esc takes back one thing after the other, and then leaves. */
function escaped(state: TopState): Pressed {
  if (state.filter !== '') return only({ ...state, filter: '' });
  if (state.choice !== 'all') return { state: { ...state, choice: 'all' }, act: { kind: 'look' } };
  return { state, act: { kind: 'quit' } };
}

function panelAfter({ panel, snapshot }: TopState, by: number): Panel {
  if (snapshot?.queues === null) return 'jobs';
  return PANELS[(PANELS.indexOf(panel) + by + PANELS.length) % PANELS.length] ?? 'jobs';
}

function moved(state: TopState, by: number): TopState {
  const { panel } = state;
  const names = namesIn(state, panel);
  const at = names.indexOf(selectedIn(state, panel) ?? '');
  const next = names[Math.min(names.length - 1, Math.max(0, at + by))] ?? null;
  return { ...state, selected: { ...state.selected, [panel]: next } };
}

function opened(state: TopState, what: 'details' | 'explain' | 'logs'): Pressed {
  const name = selectedIn(state, state.panel);
  if (name === null) return only(state, 'There is nothing here.');
  return { state, act: { kind: 'open', what, panel: state.panel, name } };
}

/** What changes something asks first, and says at once where it makes no sense. */
function asked(state: TopState, key: 'R' | 'C' | 'p'): Pressed {
  if (state.isReadonly) return only(state, 'This is read-only: start top with --no-readonly to change things.');
  if (key === 'p') return askPause(state);
  const job = selectedJob(state);
  if (job === null) return only(state, `${key} is for jobs: Tab to the jobs first.`);
  const name = shortRef(job.id);
  if (key === 'C') {
    if (isFinal(job.status)) return only(state, `${name} is ${word(job.status)} already.`);
    return only({ ...state, asks: { kind: 'cancel', jobId: job.id } });
  }
  if (!isFinal(job.status) || job.status === 'COMPLETED') {
    return only(state, `${name} is ${word(job.status)}: only failed, cancelled and expired jobs are retried.`);
  }
  return only({ ...state, asks: { kind: 'retry', jobId: job.id } });
}

function askPause(state: TopState): Pressed {
  const name = state.panel === 'queues' ? selectedIn(state, 'queues') : null;
  const queue = state.snapshot?.queues?.find((each) => each.name === name);
  if (!queue) return only(state, 'p is for queues: Tab to the queues first.');
  return only({ ...state, asks: { kind: queue.pause === null ? 'pause' : 'resume', queue: queue.name } });
}

function only(state: TopState, note: string | null = state.note): Pressed {
  return { state: { ...state, note }, act: null };
}
