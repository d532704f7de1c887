import { relative } from 'node:path';
import { mark } from '../views/mark.ts';
import { printable } from '../views/printable.ts';
import { shortRef } from '../views/status.ts';
import type { Style } from '../views/style.ts';
import { clockTime, formatDuration } from '../views/time.ts';
import type { NextTimer, WorkersEvent } from './load-platform.ts';

export interface EventLook {
  style: Style;
  unicode: boolean;
  folder: string;
}

/** Why code is loaded. */
export type LoadCause = { kind: 'start' | 'wish' | 'death' } | { kind: 'save'; paths: readonly string[] };

type Loaded = Extract<WorkersEvent, { kind: 'loaded' }>;
type Said = Extract<WorkersEvent, { kind: 'said' }>;

/** What happened to the code and its workers, for people. */
export function eventLines(event: WorkersEvent, cause: LoadCause, look: EventLook): string[] {
  const { style, unicode } = look;
  switch (event.kind) {
    case 'loaded':
      return [
        ...(event.isFirst ? firstLines(event, look) : [loadedLine(event, cause, look)]),
        ...event.advice.map((text) => `  ${mark('warn', look)} ${shortened(printable(text), look)}`),
      ];
    case 'refused': {
      const [first = '', ...rest] = event.message.split('\n').map(printable);
      return [
        `${mark('fail', look)} ${shortened(first, look)}`,
        ...rest.map((line) => `    ${shortened(line, look)}`),
        `  ${style.dim('Save again when it is mended.')}`,
      ];
    }
    case 'died': {
      const how = event.signal === null ? `with exit code ${event.code}` : `by ${event.signal}`;
      const rescued =
        event.rescued === 0 ? '' : ` · ${jobs(event.rescued)} ${event.rescued === 1 ? 'runs' : 'run'} again`;
      return [`${mark('fail', look)} the worker process ended ${how}${rescued}`];
    }
    case 'draining': {
      const why = event.reason === null ? '' : ` (${printable(event.reason)})`;
      const left =
        event.finishing === 0
          ? ''
          : ` · ${jobs(event.finishing)} ${event.finishing === 1 ? 'finishes' : 'finish'} first`;
      return [
        `${mark('warn', look)} an operator drains the worker${why}${left}`,
        `  ${style.dim('No jobs run until you press r, or save a file.')}`,
      ];
    }
    case 'said':
      return [saidLine(event, look)];
    case 'printed':
      return [`${style.dim(unicode ? '│' : '|')} ${printable(event.line)}`];
    case 'retired':
      return [];
  }
}

/** What a handler said, with the name of its job: several run at a time. */
function saidLine({ at, jobId, type, level, message, fields }: Said, { style, unicode }: EventLook): string {
  const job = `${unicode ? '│' : '|'} ${printable(type)} ${shortRef(jobId)}`;
  const mark =
    level === 'info' ? '' : `${style[level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim'](level)}  `;
  const more = Object.keys(fields).length === 0 ? '' : `  ${style.dim(printable(JSON.stringify(fields)))}`;
  return `${style.dim(`${clockTime(at)}  ${job}`)}  ${mark}${printable(message)}${more}`;
}

export function skippedLine({ what, byMs }: NextTimer, { unicode }: Pick<EventLook, 'unicode'>): string {
  return `${unicode ? '»' : '>'} the clock went on by ${formatDuration(byMs)}, to the next ${what}`;
}

function firstLines({ types, ms }: Loaded, look: EventLook): string[] {
  const own = types.filter(({ source }) => source !== BUILT_IN);
  if (own.length === 0) {
    const known = types.map(({ type }) => type).join(', ');
    return [
      `  ${mark('warn', look)} No handlers of yours: ${known === '' ? 'no jobs run' : `only ${known} run`}.`,
      '    Write one:           cloudtask handlers new hello.world   (then start dev again)',
      '    A whole project:     cloudtask init my-jobs',
      '    Something to watch:  cloudtask dev --demo',
    ];
  }
  const from = commonFolder(
    own.map(({ source }) => source),
    look.folder,
  );
  const names = own.map(({ type }) => printable(type)).join(look.unicode ? ' · ' : ', ');
  const head = `${own.length} ${own.length === 1 ? 'handler' : 'handlers'}${from === undefined ? '' : ` from ${from}`}`;
  return [`  ${mark('ok', look)} ${head} (${formatDuration(ms)})   ${names}`];
}

/** As the worker calls the handlers that came with it. */
export const BUILT_IN = 'CloudTask';

function loadedLine({ ms, finishing }: Loaded, cause: LoadCause, { unicode, style }: EventLook): string {
  const what = causeText(cause);
  const old = finishing === 0 ? '' : ` · ${jobs(finishing)} ${finishing === 1 ? 'finishes' : 'finish'} on the old code`;
  return `${style.yellow(unicode ? '↻' : '~')} ${what} in ${formatDuration(ms)}${old}`;
}

function causeText(cause: LoadCause): string {
  if (cause.kind === 'death') return 'a new worker process runs the code';
  if (cause.kind !== 'save') return 'reloaded';
  const [first = '', ...others] = cause.paths;
  return `reloaded ${printable(first)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}

function jobs(count: number): string {
  return `${count} ${count === 1 ? 'job' : 'jobs'}`;
}

/** Undefined where they have none in the project, as plugins have. */
function commonFolder(sources: readonly string[], folder: string): string | undefined {
  const folders = new Set(sources.map((source) => relative(folder, source).split('/').slice(0, -1).join('/')));
  const [only] = folders;
  return folders.size === 1 && only !== '' && only !== undefined && !only.startsWith('..') ? only : undefined;
}

/** Paths of the project without the project's own. */
function shortened(text: string, { folder }: EventLook): string {
  return text.replaceAll(`file://${folder}/`, '').replaceAll(`${folder}/`, '');
}
