import { formatDuration } from '../views/time.ts';
import type { NextTimer } from './load-platform.ts';

/** What the keys mean now. */
export interface KeyState {
  isPaused: boolean;
  hasWorkers: boolean;
  next: { timer: NextTimer; askedAt: number } | undefined;
}

/** The line at the bottom of the terminal. */
export function keyLine({ isPaused, hasWorkers, next }: KeyState, now: number): string {
  const skip = next === undefined ? [] : [`t skip to next ${skipText(next, now)}`];
  const ofWorkers = hasWorkers ? ['r reload', 'x kill worker', isPaused ? 'p resume' : 'p pause'] : [];
  // A narrow terminal cuts the end off.
  return `  ${['? help', 'q quit', ...skip, 's submit…', ...ofWorkers, 'o open', 'c clear'].join('  ')}`;
}

function skipText({ timer, askedAt }: NonNullable<KeyState['next']>, now: number): string {
  return `${timer.what} (${formatDuration(Math.max(0, timer.byMs - (now - askedAt)))})`;
}

/** What `?` shows. */
export const KEY_HELP: readonly [key: string, meaning: string][] = [
  ['r', 'load the code again'],
  ['s', 'submit a job: asks for type and payload'],
  ['t', 'move the clock to the next retry, schedule or delayed job'],
  ['x', 'kill the worker (kill -9): its jobs run again, as after a crash'],
  ['p', 'take no more jobs, and take them again'],
  ['c', 'clear the screen'],
  ['o', 'open the reference of the API in a browser'],
  ['q', 'quit: running jobs may finish (Ctrl-C too; again: stop now)'],
];
