import { printable } from './printable.ts';

/** One `key⇥value` a line, values that are not text as JSON; for people in two columns. */
export function pairLines(value: object, indent?: string): string[] {
  const pairs = Object.entries(value).filter(([, each]) => each !== undefined);
  const width = Math.max(0, ...pairs.map(([key]) => key.length));
  return pairs.map(([key, each]) => {
    const text = printable(typeof each === 'string' ? each : JSON.stringify(each));
    return indent === undefined ? `${key}\t${text}` : `${indent}${key.padEnd(width)}  ${text}`;
  });
}
