import { pointer } from '@cloudtask/core/submission/json-pointer';
import type { Issue } from '@cloudtask/sdk/contract';

/**
 * The first number of a JSON text that would come back changed: 9007199254740993 as …992, 1e400 as null.
 * Nearly every text is cleared by one scan for long or huge numbers; only the rest is parsed once more.
 */
export function findInexactNumber(text: string, value: unknown): Issue | undefined {
  if (!SUSPICIOUS.test(text) || typeof value !== 'object') return undefined;
  let lost = false;
  const marked: unknown = JSON.parse(text, ((_key: string, part: unknown, context: { source?: string }) => {
    if (typeof part !== 'number' || survives(context.source ?? '')) return part;
    lost = true;
    return new LostNumber(context.source ?? '');
  }) as (key: string, value: unknown) => unknown); // TypeScript's library does not know the third argument yet
  return lost ? locate(marked) : undefined;
}

/** 16 digits or an exponent of three: anything shorter fits a double. */
const SUSPICIOUS = /[\d.]{16}|\d[eE][+-]?\d{3}/;

/** Whether a double holds the number to as many digits as were written (17 at most: more is more than a double has). */
export function survives(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value)) return false;
  const written = decimal(source);
  if (written.digits.length > 17) return sameDecimal(written, decimal(String(value)));
  return sameDecimal(written, decimal(value.toPrecision(Math.max(1, written.digits.length))));
}

interface Decimal {
  /** Significant digits, without zeros at either end. */
  digits: string;
  /** Power of ten of the last digit. */
  exponent: number;
}

function decimal(source: string): Decimal {
  const [mantissa = '', power = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return { digits: '', exponent: 0 };
  return { digits: trimmed, exponent: Number(power) - fraction.length + (digits.length - trimmed.length) };
}

function sameDecimal(a: Decimal, b: Decimal): boolean {
  return a.digits === b.digits && a.exponent === b.exponent;
}

class LostNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

// With a stack of its own: the text may be nested deeper than calls can be.
function locate(root: unknown): Issue | undefined {
  const open: { value: unknown; path: string }[] = [{ value: root, path: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (value instanceof LostNumber) {
      return { path, message: `the number ${value.source.slice(0, 40)} would lose digits; send it as a string` };
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) open.push({ value: member, path: pointer(path, key) });
  }
  return undefined;
}
