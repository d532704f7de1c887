import { entryText, type PluginEntry } from './plugin-entry.ts';
import { type Token, tokensOf } from './source-tokens.ts';

/** The configuration with one plugin more; undefined where its list is not written out, once, in the file. */
export function withPlugin(source: string, entry: PluginEntry): string | undefined {
  const tokens = tokensOf(source);
  const text = entryText(entry, quoteOf(source, tokens));
  if (tokens.some(isNamedPlugins)) {
    const list = writtenList(tokens);
    return list && inserted(source, list, text);
  }
  const brace = openingOf(tokens);
  return brace && withMember(source, brace, `plugins: [${text}]`);
}

/** The configuration without a plugin; undefined where its list does not name it, once, as a text. */
export function withoutPlugin(source: string, name: string): string | undefined {
  const list = writtenList(tokensOf(source));
  const named = list?.elements.filter((element) => element.name === name) ?? [];
  const [only] = named;
  return list && only && named.length === 1 ? removed(source, list, only) : undefined;
}

interface Element {
  start: number;
  end: number;
  /** Undefined for what is no text, nor a text with options. */
  name: string | undefined;
}

interface WrittenList {
  /** Behind its opening bracket. */
  start: number;
  /** Before its closing bracket. */
  end: number;
  elements: Element[];
}

function isNamedPlugins(token: Token): boolean {
  return token.kind !== 'sign' && token.value === 'plugins';
}

/** What stands after `plugins:`; undefined when that is no list, or there are several. */
function writtenList(tokens: readonly Token[]): WrittenList | undefined {
  const [at, ...others] = tokens.flatMap((token, index) => (isNamedPlugins(token) ? [index] : []));
  if (at === undefined || others.length > 0) return undefined;
  const isMember = ['{', ','].includes(tokens[at - 1]?.value ?? '') && tokens[at + 1]?.value === ':';
  const open = tokens[at + 2];
  const close = isMember && open?.value === '[' ? closingOf(tokens, at + 2) : undefined;
  if (close === undefined || open === undefined) return undefined;
  return { start: open.end, end: tokens[close]?.start ?? open.end, elements: elementsOf(tokens.slice(at + 3, close)) };
}

function elementsOf(tokens: readonly Token[]): Element[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isOpening(token)) depth += 1;
    if (isClosing(token)) depth -= 1;
    if (depth === 0 && token.kind === 'sign' && token.value === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.flatMap((part) => {
    const [first, last] = [part[0], part.at(-1)];
    if (first === undefined || last === undefined) return [];
    const named = first.value === '[' && first.kind === 'sign' ? part[1] : first;
    const isText = named?.kind === 'text' && (part.length === 1 || named !== first);
    return [{ start: first.start, end: last.end, name: isText ? named.value : undefined }];
  });
}

/** Where the object begins that is the configuration: the first one that is a value, and no pattern of parameters. */
function openingOf(tokens: readonly Token[]): Token | undefined {
  const from = tokens.findIndex(({ value }, at) => value === 'default' && tokens[at - 1]?.value === 'export');
  return tokens.find((token, at) => {
    if (at <= from || from < 0 || token.value !== '{' || token.kind !== 'sign') return false;
    if (!['(', 'default', 'return'].includes(tokens[at - 1]?.value ?? '')) return false;
    const close = closingOf(tokens, at) ?? at;
    const [next, afterNext] = [tokens[close + 1]?.value, tokens[close + 2]?.value];
    return next !== ':' && next !== '=' && next !== ',' && !(next === ')' && (afterNext === '=>' || afterNext === ':'));
  });
}

function closingOf(tokens: readonly Token[], open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (isOpening(token)) depth += 1;
    if (isClosing(token)) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

function isOpening({ kind, value }: Token): boolean {
  return kind === 'sign' && ['(', '[', '{'].includes(value);
}

function isClosing({ kind, value }: Token): boolean {
  return kind === 'sign' && [')', ']', '}'].includes(value);
}

/** Those that the file uses more. */
function quoteOf(source: string, tokens: readonly Token[]): string {
  const texts = tokens.filter(({ kind }) => kind === 'text');
  const double = texts.filter(({ start }) => source[start] === '"').length;
  return double > texts.length - double ? '"' : "'";
}

function inserted(source: string, { start, end, elements }: WrittenList, text: string): string {
  const last = elements.at(-1);
  if (last === undefined) return splice(source, start, source.slice(start, end).trim() === '' ? end : start, text);
  const rest = source.slice(last.end, end);
  const isOnLines = source.slice(start, last.start).includes('\n') && rest.includes('\n');
  const between = isOnLines ? `,\n${indentAt(source, last.start)}` : ', ';
  // A comma behind the last one stays behind the last one.
  return splice(source, last.end, last.end, `${between}${text}`);
}

function removed(source: string, list: WrittenList, element: Element): string {
  const lineStart = source.lastIndexOf('\n', element.start - 1) + 1;
  const lineEnd = source.indexOf('\n', element.end);
  const hasLines = lineStart > list.start && lineEnd >= 0 && lineEnd < list.end;
  const others = list.elements.filter((each) => each !== element);
  const isAlone = others.every(({ start, end }) => end <= lineStart || start > lineEnd);
  const isBare =
    source.slice(lineStart, element.start).trim() === '' &&
    /^\s*,?\s*(\/\/.*)?$/.test(source.slice(element.end, lineEnd));
  if (hasLines && isAlone && isBare) return splice(source, lineStart, lineEnd + 1, '');
  const at = list.elements.indexOf(element);
  const [before, after] = [list.elements[at - 1], list.elements[at + 1]];
  if (after !== undefined) return splice(source, element.start, after.start, '');
  return splice(source, before?.end ?? element.start, element.end, '');
}

/** A member in front of the others: there is always a place for it. */
function withMember(source: string, { end }: Token, member: string): string {
  const rest = source.slice(end);
  if (/^\s*\}/.test(rest)) return splice(source, end, end + rest.indexOf('}'), ` ${member} `);
  const newline = /^[^\S\n]*\n/.exec(rest)?.[0];
  if (newline === undefined) return splice(source, end, end, ` ${member},`);
  const indent = /^\s*/.exec(rest.slice(newline.length))?.[0].split('\n').at(-1) ?? '';
  return splice(source, end, end, `\n${indent}${member},`);
}

function indentAt(source: string, at: number): string {
  return /^[^\S\n]*/.exec(source.slice(source.lastIndexOf('\n', at - 1) + 1))?.[0] ?? '';
}

function splice(source: string, start: number, end: number, text: string): string {
  return `${source.slice(0, start)}${text}${source.slice(end)}`;
}
