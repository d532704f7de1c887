import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';
import { fitLine } from '../views/fit-line.ts';
import { pairLines } from '../views/pairs.ts';
import { printable } from '../views/printable.ts';
import type { Style } from '../views/style.ts';
import { type Cell, tableLines } from '../views/table.ts';
import { timeText } from '../views/time.ts';
import type { Output } from './output.ts';
import { parseFieldList, pickFields } from './pick-fields.ts';
import type { TimeForm } from './presentation.ts';

/** What a view for people may know about where it is shown. */
export interface Look {
  style: Style;
  unicode: boolean;
  width: number;
  now: number;
  /** Command lines of ours within a text, as they have to be typed here. Default: as they are. */
  typed?(text: string): string;
  /** What `--time` asks for. */
  time?: TimeForm | undefined;
}

export interface Column<T> {
  title: string;
  /** For a pipe: whole, and in a form that sorts. */
  text(item: T): string;
  /** Of a column of times: the time, which `--time` decides the form of. */
  at?(item: T): string | null;
  /** For people, where that is something else. */
  cell?(item: T, look: Look): Cell;
  /** Default: everywhere. */
  in?: readonly ('human' | 'wide' | 'tsv')[];
}

/** How things of one kind are shown, in every mode. */
export interface Kind<T> {
  columns: readonly Column<T>[];
  id(item: T): string;
  /** One of them, for people. Default: its members. */
  details?(item: T, look: Look): string[];
  /** One of many, for people, in place of a table. */
  line?(item: T, look: Look): string;
}

export interface ListOptions {
  /** What `--fields` was given. */
  fields?: string | undefined;
  /** Said in place of an empty table. */
  none: string;
}

/** Things as the answer of a command, in the form that was asked for. */
export function answerList<T extends object>(
  out: Output,
  items: readonly T[],
  kind: Kind<T>,
  { fields, none }: ListOptions,
): void {
  const picked = pickedFrom(items, fields);
  if (out.mode === 'json' || out.mode === 'yaml') out.data(picked?.rows ?? items);
  else answerEach(out, items, kind, { fields, none });
}

/** The same, for a part of a list that comes in parts. */
export function answerEach<T extends object>(
  out: Output,
  items: readonly T[],
  kind: Kind<T>,
  { fields, none }: ListOptions,
): void {
  const picked = pickedFrom(items, fields);
  if (out.isData) for (const each of picked?.rows ?? items) out.event(each);
  else if (out.mode === 'id') for (const item of items) out.answer(kind.id(item));
  else if (out.mode === 'plain') for (const line of tsvLines(items, kind, picked, lookOf(out))) out.answer(line);
  else if (out.mode === 'human') {
    if (items.length === 0) out.say(none);
    else if (kind.line && !picked) answerLines(out, linesOf(items, kind.line, lookOf(out)));
    else for (const line of tableOf(items, kind, picked, lookOf(out), out.look.isWide)) out.answer(line);
  }
}

/** One thing as the answer of a command. */
export function answerOne<T extends object>(out: Output, item: T, kind: Kind<T>, fields?: string): void {
  const picked = pickedFrom([item], fields)?.rows[0];
  if (out.isData) out.data(picked ?? item);
  else if (out.mode === 'id') out.answer(kind.id(item));
  else if (picked || out.mode === 'plain') {
    if (out.mode !== 'none') for (const line of pairLines(picked ?? item)) out.answer(line);
  } else if (out.mode === 'human') {
    const lines = kind.details?.(item, lookOf(out)) ?? pairLines(item, '  ');
    answerLines(out, lines);
  }
}

/** Lines for people, none of them wider than their terminal. */
export function answerLines(out: Output, lines: readonly string[]): void {
  for (const line of lines) for (const part of fitLine(line, out.look.breakAt)) out.answer(part);
}

export function lookOf({ style, look, typed }: Output): Look {
  const { unicode, time } = look;
  return { style, unicode, width: look.isWide ? Number.POSITIVE_INFINITY : look.width, now: Date.now(), time, typed };
}

interface Picked {
  paths: readonly string[];
  rows: Record<string, unknown>[];
}

function pickedFrom(items: readonly object[], fields: string | undefined): Picked | undefined {
  if (fields === undefined) return undefined;
  const paths = parseFieldList(fields);
  if (paths.length === 0) {
    const known = items.length === 0 ? 'id' : Object.keys(items[0] ?? {}).join(', ');
    throw usageError('which fields?', { why: `There are ${known}.` });
  }
  refuseMistyped(paths, items);
  return { paths, rows: items.map((item) => pickFields(item, paths)) };
}

/** A member that none of the things has and that is nearly one that they have. Others may be there another time: they are null. */
function refuseMistyped(paths: readonly string[], items: readonly object[]): void {
  const known = [...new Set(items.flatMap((item) => Object.keys(item)))];
  for (const path of paths) {
    const [name = ''] = path.split('.');
    const meant = known.length === 0 || known.includes(name) ? undefined : closest(name, known);
    if (meant !== undefined) throw usageError(`there is no field ${name}`, { why: `Did you mean ${meant}?` });
  }
}

function tsvLines<T>(items: readonly T[], { columns }: Kind<T>, picked: Picked | undefined, look: Look): string[] {
  if (picked) return picked.rows.map((row) => Object.values(row).map(valueText).join('\t'));
  const shown = columns.filter((column) => column.in?.includes('tsv') ?? true);
  return items.map((item) =>
    shown.map((column) => printable(timed(column, item, look) ?? column.text(item))).join('\t'),
  );
}

function linesOf<T>(items: readonly T[], line: NonNullable<Kind<T>['line']>, look: Look): string[] {
  return items.flatMap((item) => line(item, look).split('\n'));
}

function tableOf<T>(
  items: readonly T[],
  { columns }: Kind<T>,
  picked: Picked | undefined,
  look: Look,
  isWide: boolean,
): string[] {
  if (picked) {
    const rows = picked.rows.map((row) => Object.values(row).map((value) => ({ text: valueText(value) })));
    return withDimHeader(tableLines(picked.paths, rows, look.width), look);
  }
  const shown = columns.filter((column) => column.in?.includes(isWide ? 'wide' : 'human') ?? true);
  const rows = items.map((item) => shown.map((column) => cellOf(column, item, look)));
  return withDimHeader(
    tableLines(
      shown.map(({ title }) => title),
      rows,
      look.width,
    ),
    look,
  );
}

function withDimHeader([header = '', ...rows]: string[], { style }: Look): string[] {
  return [style.dim(header), ...rows];
}

function cellOf<T>(column: Column<T>, item: T, look: Look): Cell {
  const at = look.time === 'relative' ? undefined : timed(column, item, look);
  const cell = at === undefined ? (column.cell?.(item, look) ?? { text: column.text(item) }) : { text: at };
  return { ...cell, text: printable(cell.text) };
}

/** The time of a column in the form that was asked for; undefined where the column's own form counts. */
function timed<T>(column: Column<T>, item: T, { time, now }: Look): string | undefined {
  const at = time === undefined ? undefined : column.at?.(item);
  return at === undefined || at === null || time === undefined ? undefined : timeText(at, time, now);
}

function valueText(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
