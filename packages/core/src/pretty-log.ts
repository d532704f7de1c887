import { styleText } from 'node:util';

/** One JSON line of the log as people read it: time, level, message, then the fields. */
export function prettyLine(line: string, isColored: boolean): string {
  const { time, level, msg, service, host, pid, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const paint = (style: Style, text: string) => (isColored ? styleText(style, text, { validateStream: false }) : text);
  const words = [
    paint('dim', clockTime(time)),
    paint(LEVEL_STYLES[String(level)] ?? 'reset', String(level).toUpperCase().padEnd(5)),
    printable(String(msg ?? '')),
    ...Object.entries(fields).map(
      ([name, value]) => `${paint('dim', `${printable(name)}=`)}${printable(compact(value))}`,
    ),
  ];
  return `${words.join(' ')}\n${err === undefined ? '' : errorLines(err)}`;
}

type Style = Parameters<typeof styleText>[0];
const LEVEL_STYLES: Record<string, Style> = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' };

function clockTime(time: unknown): string {
  const at = new Date(String(time));
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0');
  return `${part(at.getHours())}:${part(at.getMinutes())}:${part(at.getSeconds())}.${part(at.getMilliseconds(), 3)}`;
}

function compact(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function errorLines(err: unknown): string {
  if (typeof err !== 'object' || err === null) return `    ${printable(compact(err))}\n`;
  const { stack, type, message, cause, ...more } = err as Record<string, unknown>;
  const text = typeof stack === 'string' && stack ? stack : `${type}: ${message}`;
  const lines = text.split('\n').map((each) => `    ${printable(each)}\n`);
  if (Object.keys(more).length > 0) lines.push(`    ${printable(JSON.stringify(more))}\n`);
  if (cause !== undefined) lines.push('    caused by\n', errorLines(cause));
  return lines.join('');
}

/** Text from users must not forge a line or steer the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it takes out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
