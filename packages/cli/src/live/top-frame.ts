import type { Look } from '../output/answer.ts';
import { boxLines } from '../views/box.ts';
import { printable } from '../views/printable.ts';
import { shortRef } from '../views/status.ts';
import { clockTime } from '../views/time.ts';
import { fitWidth, visibleWidth } from '../views/visible-width.ts';
import { jobRows, queueRows, workerRows } from './top-panels.ts';
import {
  type Change,
  namesIn,
  type Panel,
  selectedIn,
  shownJobs,
  shownQueues,
  shownWorkers,
  type TopState,
} from './top-state.ts';

/** From here on queues and workers stand beside each other. */
const SIDE_BY_SIDE = 110;

/** `top` in exactly so many rows; without a number in as many as it needs, for those who look only once. */
export function topFrameLines(state: TopState, look: Look, rows?: number): string[] {
  const head = headLine(state, look);
  const foot = rows === undefined ? [] : [footLine(state, look)];
  const room = rows === undefined ? undefined : rows - 1 - foot.length;
  const body = state.sheet === null ? panels(state, look, room) : sheetLines(state, look, room);
  const lines = [head, ...body.slice(0, room), ...foot];
  return lines.map((line) =>
    visibleWidth(line) > look.width ? fitWidth(line, look.width, look.unicode ? '…' : '~') : line,
  );
}

function headLine(state: TopState, { style, unicode, width }: Look): string {
  const { snapshot, trouble, isReadonly, isProduction } = state;
  const dot = unicode ? ' · ' : ' - ';
  const time = snapshot === null ? [] : [clockTime(snapshot.at)];
  const bar = isProduction ? style.red : (same: string) => same;
  const left = [
    style.bold('CloudTask'),
    ...(snapshot === null ? [] : [printable(snapshot.profile ?? new URL(snapshot.url).host)]),
  ];
  if (isProduction) left.push('production');
  left.push(...time);
  if (isReadonly) left.push('read-only');
  if (trouble !== null) return ` ${bar(left.join(dot))}  ${style.red(printable(trouble))}`;
  const room = width - 4 - visibleWidth(left.join(dot));
  const right = statsTexts(state, unicode).find((text) => visibleWidth(text) <= room) ?? '';
  return ` ${bar(`${left.join(dot)}${' '.repeat(room + 2 - visibleWidth(right))}${right}`)}`;
}

/** The same numbers, from the longest way to say them to the shortest. */
function statsTexts({ snapshot, rates }: TopState, unicode: boolean): string[] {
  if (!snapshot?.stats) return [];
  const { jobs, throughput, lastHour } = snapshot.stats;
  const rate = `${throughput.submittedPerSecond}/s`;
  const line = unicode && rates.length > 1 ? ` ${sparkline(rates)}` : '';
  const counts = `${jobs.waiting} waiting  ${jobs.running} running`;
  const failed = `${lastHour.failed} failed in 1h`;
  return [
    `${rate}${line}  ${counts}  ${jobs.retrying} retrying  ${failed}`,
    `${rate}  ${counts}  ${failed}`,
    `${counts}  ${failed}`,
    counts,
  ];
}

function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((each) => '▁▂▃▄▅▆▇█'[Math.round((each / most) * 7)]).join('');
}

/** The queues and workers get what they need up to a third of the screen, the jobs the rest. */
function panels(state: TopState, look: Look, room: number | undefined): string[] {
  const { snapshot } = state;
  if (snapshot === null) return [look.style.dim(' ...')];
  const above = snapshot.queues === null ? notOperator(look) : forOperators(state, look, room);
  const left = room === undefined ? undefined : Math.max(4, room - above.length);
  return [...above, ...panel(state, 'jobs', look, left)];
}

function notOperator({ style }: Look): string[] {
  return [style.dim(' Queues and workers are for operators; these are your jobs.')];
}

function forOperators(state: TopState, look: Look, room = Number.POSITIVE_INFINITY): string[] {
  const names = ['queues', 'workers'] as const;
  const needs = names.map((name) => heightFor(state, name));
  if (look.width < SIDE_BY_SIDE) {
    const most = Math.max(4, Math.floor(room / 3.5));
    return names.flatMap((name, at) => panel(state, name, look, Math.min(most, needs[at] ?? most)));
  }
  const left = Math.floor(look.width * 0.48);
  const height = Math.min(Math.max(4, Math.floor(room / 2.5)), Math.max(...needs));
  return besides(
    panel(state, 'queues', { ...look, width: left }, height),
    panel(state, 'workers', { ...look, width: look.width - left }, height),
  );
}

/** Borders, header, and a row for each. */
function heightFor(state: TopState, name: Panel): number {
  return Math.max(1, namesIn(state, name).length) + 3;
}

function besides(left: string[], right: string[]): string[] {
  return left.map((line, at) => line + (right[at] ?? ''));
}

function panel(state: TopState, name: Panel, look: Look, height: number | undefined): string[] {
  const inner = { ...look, width: look.width - 4 };
  const isHere = state.panel === name && height !== undefined;
  const rows = rowsOf(state, name, inner);
  const [header = '', ...lines] = rows;
  const names = namesIn(state, name);
  const at = names.indexOf(selectedIn(state, name) ?? '');
  const room = height === undefined ? lines.length : Math.max(1, height - 3);
  const from = windowStart(at, lines.length, room);
  const shown = lines
    .slice(from, from + room)
    .map((line, row) => (isHere && from + row === at ? marked(line, look) : line));
  const body = names.length === 0 ? [look.style.dim(emptyText(state, name))] : [header, ...shown];
  const filled = height === undefined ? body : [...body, ...Array(Math.max(0, height - 2 - body.length)).fill('')];
  const hidden = lines.length - shown.length;
  return boxLines(filled as string[], {
    title: isHere ? `${look.style.bold(titleOf(state, name))}${choicesFor(name, look)}` : titleOf(state, name),
    foot: hidden > 0 ? look.style.dim(`${from + 1}-${from + shown.length} of ${lines.length}`) : '',
    width: look.width,
    unicode: look.unicode,
    paint: isHere ? look.style.cyan : look.style.dim,
  });
}

function rowsOf(state: TopState, name: Panel, look: Look): string[] {
  switch (name) {
    case 'queues':
      return queueRows(shownQueues(state), look);
    case 'workers':
      return workerRows(shownWorkers(state), look);
    case 'jobs':
      return jobRows(shownJobs(state), look);
  }
}

function titleOf({ choice, queue, filter }: TopState, name: Panel): string {
  const having = filter === '' ? '' : ` with "${printable(filter)}"`;
  if (name !== 'jobs') return `${name === 'queues' ? 'Queues' : 'Workers'}${having}`;
  return `${choice === 'all' ? 'Your jobs' : `Your ${choice} jobs`}${queue === null ? '' : ` in ${printable(queue)}`}${having}`;
}

function choicesFor(name: Panel, { style, unicode, width }: Look): string {
  if (name !== 'jobs' || width < 90) return '';
  return style.dim(` (${['a all', 'r running', 'e retrying', 'f failed'].join(unicode ? ' · ' : ', ')})`);
}

function emptyText({ filter }: TopState, name: Panel): string {
  return filter === '' ? `No ${name}.` : `No ${name} with that. Esc shows all.`;
}

function marked(line: string, { style, unicode }: Look): string {
  return style.bold(`${unicode ? '▸' : '>'} ${line.slice(2)}`);
}

/** The row that is meant stays in the window. */
function windowStart(at: number, count: number, room: number): number {
  return Math.max(0, Math.min(at - room + 1, count - room));
}

function sheetLines({ sheet }: TopState, look: Look, room = Number.POSITIVE_INFINITY): string[] {
  if (sheet === null) return [];
  const height = Math.max(1, room - 2);
  const lines = sheet.lines.slice(sheet.scrolled, sheet.scrolled + height);
  const rest = sheet.lines.length - sheet.scrolled - lines.length;
  return boxLines([...lines, ...Array(Math.max(0, height - lines.length)).fill('')] as string[], {
    title: look.style.bold(printable(sheet.title)),
    foot: look.style.dim(rest > 0 ? `${rest} more lines below` : ''),
    width: look.width,
    unicode: look.unicode,
    paint: look.style.cyan,
  });
}

function footLine(state: TopState, { style, unicode }: Look): string {
  if (state.asks !== null) return ` ${style.bold(`${questionFor(state.asks)} (y/N)`)}`;
  if (state.isTyping)
    return ` /${printable(state.filter)}${unicode ? '▏' : '_'}  ${style.dim('Enter keeps it, Esc takes it away')}`;
  if (state.note !== null) return ` ${style.yellow(printable(state.note))}`;
  if (state.sheet !== null) return style.dim(' Esc back  Up Down scroll');
  return style.dim(` ${keysFor(state)}`);
}

function keysFor({ panel, isReadonly }: TopState): string {
  const keys = ['? help', 'q quit', 'Tab panel', '/ filter', 'Enter details'];
  if (panel === 'jobs') keys.push('x explain', 'l logs', ...(isReadonly ? [] : ['R retry', 'C cancel']));
  if (panel === 'queues' && !isReadonly) keys.push('p pause or resume');
  return keys.join('  ');
}

function questionFor(change: Change): string {
  switch (change.kind) {
    case 'cancel':
      return `Cancel job ${shortRef(change.jobId)}?`;
    case 'retry':
      return `Retry job ${shortRef(change.jobId)}?`;
    case 'pause':
      return `Pause queue ${printable(change.queue)}? None of its jobs is started then.`;
    case 'resume':
      return `Resume queue ${printable(change.queue)}?`;
  }
}
